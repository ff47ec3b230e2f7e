"""`pmtui coaching rules`: who is to be coached, about what, how soon."""

from dataclasses import replace
from typing import Annotated

import typer

from pmtui.backend.coaching import rule_words, rules_typed
from pmtui.backend.coaching.records import MatchRecord, RuleDraft, RuleRecord
from pmtui.backend.errors import BadInput, NotFound
from pmtui.cli import asking, output
from pmtui.cli.output import Json

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The rule.")]
Metric = Annotated[str | None, typer.Option(metavar="NAME", help="The metric, as it is imported.")]
When = Annotated[str | None, typer.Option(metavar="WORDS", help="'below 80', 'at most 5', 'above 300', 'at least 3'.")]
Priority = Annotated[str | None, typer.Option(metavar="WORD", help="high, medium or low.")]
Title = Annotated[str | None, typer.Option(help="What its sessions are called.")]
Description = Annotated[str | None, typer.Option(help="What the rule is about.")]
Team = Annotated[list[str] | None, typer.Option(metavar="TEAM", help="Whom it is for; can be repeated.")]
Group = Annotated[list[str] | None, typer.Option(metavar="GROUP", help="The same, for a group of teams.")]
Target = Annotated[str | None, typer.Option(metavar="WORDS", help="Where to come: '85 in 30 days'; 'none' for none.")]
Minutes = Annotated[int | None, typer.Option(help="How long its sessions are; otherwise as the organisation has set.")]
LookAhead = Annotated[int | None, typer.Option(metavar="DAYS", help="How far ahead to look; otherwise as set.")]
Cooldown = Annotated[int | None, typer.Option(metavar="DAYS", help="How long an agent is left alone afterwards.")]
Everybody = Annotated[bool, typer.Option("--everybody", help="It is for every agent again.")]


@app.callback()
def rules() -> None:
    """Who is to be coached, about what, how soon; for administrators."""


@app.command("list")
def list_rules(as_json: Json = False) -> None:
    """Every rule in the order in which it counts, and how many agents fall under it now."""
    with output.errors():
        services = output.services()
        output.data(services.rules.list(output.actor(services)), as_json, _table)


@app.command()
def who(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this rule.")] = None, as_json: Json = False
) -> None:
    """The agents who fall under a rule now, by their latest metrics."""
    with output.errors():
        services = output.services()
        output.data(services.rules.matches(output.actor(services), name), as_json, _matches)


@app.command()
def add(
    name: Name,
    metric: Metric = None,
    when: When = None,
    priority: Priority = None,
    title: Title = None,
    description: Description = None,
    team: Team = None,
    group: Group = None,
    target: Target = None,
    minutes: Minutes = None,
    look_ahead: LookAhead = None,
    cooldown: Cooldown = None,
    as_json: Json = False,
) -> None:
    """Make a rule. Without --team or --group it is for every agent."""
    with output.errors():
        if metric is None or when is None:
            raise BadInput(
                "missing_option", "A rule needs --metric and --when.", "Like: --metric Quality --when 'below 80'"
            )
        comparison, value = rules_typed.when(when)
        draft = RuleDraft(name=name, metric=metric, comparison=comparison, value=value)
        draft = _changed(draft, priority, title, description, target, minutes, look_ahead, cooldown)
        draft = replace(draft, teams=tuple(team or ()), groups=tuple(group or ()))
        services = output.services()
        output.data(services.rules.save(output.actor(services), draft), as_json, _line)


@app.command("set")
def set_rule(
    name: Name,
    metric: Metric = None,
    when: When = None,
    priority: Priority = None,
    title: Title = None,
    description: Description = None,
    team: Team = None,
    group: Group = None,
    everybody: Everybody = False,
    target: Target = None,
    minutes: Minutes = None,
    look_ahead: LookAhead = None,
    cooldown: Cooldown = None,
    as_json: Json = False,
) -> None:
    """Change a rule; what is not named stays."""
    with output.errors():
        if everybody and (team or group):
            raise BadInput("options", "--everybody and --team or --group contradict each other.", "Choose one.")
        services = output.services()
        actor = output.actor(services)
        found = next((one for one in services.rules.list(actor) if one.rule.name == rules_typed.name(name)), None)
        if found is None:
            raise NotFound(
                "no_rule", f"There is no rule {name[:60]!r}.", "pmtui coaching rules list shows them.", "name"
            )
        draft = _changed(found.rule, priority, title, description, target, minutes, look_ahead, cooldown)
        if metric is not None:
            draft = replace(draft, metric=metric)
        if when is not None:
            draft = replace(draft, comparison=rules_typed.when(when)[0], value=rules_typed.when(when)[1])
        if everybody or team or group:
            draft = replace(draft, teams=tuple(team or ()), groups=tuple(group or ()))
        output.data(services.rules.save(actor, draft, found.version), as_json, _line)


@app.command()
def remove(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Take a rule away; sessions that exist stay."""
    with output.errors():
        services = output.services()
        if not asking.sure(f"Remove the rule {name}?", yes=yes):
            raise typer.Abort
        services.rules.remove(output.actor(services), name)
        print("Removed.")


def _changed(
    draft: RuleDraft,
    priority: str | None,
    title: str | None,
    description: str | None,
    target: str | None,
    minutes: int | None,
    look_ahead: int | None,
    cooldown: int | None,
) -> RuleDraft:
    """The rule with what was named."""
    changes: dict[str, object] = {
        "title": title,
        "description": description,
        "priority": None if priority is None else rules_typed.priority(priority),
        "minutes": minutes,
        "look_ahead_days": look_ahead,
        "cooldown_days": cooldown,
    }
    draft = replace(draft, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]  # the values are the fields' own
    if target is None:
        return draft
    return replace(draft, target=None if target.strip().lower() == "none" else rules_typed.target(target))


def _table(records: tuple[RuleRecord, ...]) -> str:
    return (
        "\n".join(_line(one) for one in records) or "There are no rules yet. Make one: pmtui coaching rules add --help"
    )


def _line(record: RuleRecord) -> str:
    rule = record.rule
    parts = [f"{rule.name} ({rule.priority.value})", rule_words.calls_for(rule), rule_words.whom(rule)]
    if rule.target is not None:
        parts.append(f"to {rule.target[0]:g} in {rule.target[1]} days")
    parts.append(f"{record.agents:,} {'agent falls' if record.agents == 1 else 'agents fall'} under it")
    return " · ".join(parts)


def _matches(records: tuple[MatchRecord, ...]) -> str:
    return "\n".join(rule_words.match(one) for one in records) or "Nobody falls under a rule."
