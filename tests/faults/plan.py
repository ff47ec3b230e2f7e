"""Which runs a campaign makes: every pair of a call and a fault, covered evenly, each from a seed of its own."""

from dataclasses import dataclass
from random import Random

from pmtui.backend.states import Provider
from pmtui.sandbox.faults import GARBAGE, Fault
from pmtui.sandbox.request_log import CALLS
from tests.faults.stage import Failed
from tests.faults.story import tell

FAULTS = (
    "timeout-before",
    "timeout-after",
    "cut-before",
    "cut-after",
    "429",
    "500",
    "503 with Retry-After",
    "garbage",
    "401-once",
    "401-for-good",
)
_PREFIXES = {Provider.WFM: ("/wfm/",), Provider.GOOGLE: ("/google/",), Provider.OUTLOOK: ("/microsoft/", "/graph/")}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: `kind` is one of FAULTS, which strikes one of the `times` calls of that route; all drawn from `seed`."""

    provider: Provider
    call: str
    kind: str
    seed: int
    times: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended; `failure` is empty where everything was as it must be."""

    run: Run
    struck: bool
    lost: str
    failure: str


async def calls_of(provider: Provider) -> dict[str, int]:
    """The provider's calls in a run where nothing goes wrong, and how often each is made."""
    told = await tell(provider, 0, None)
    own = [call for call in told.calls if call in CALLS and call.split()[1].startswith(_PREFIXES[provider])]
    return {call: own.count(call) for call in sorted(set(own))}


def pairs(provider: Provider, calls: dict[str, int], runs: int, seed: int) -> list[Run]:
    """So many runs, each pair of call and fault as often as any other (give or take one), each once before any twice.

    In which order they come is drawn anew each time round, and for each provider.
    """
    random = Random(f"{seed} {provider.value}")
    every = [(call, kind) for call in calls for kind in FAULTS]
    rounds = (random.sample(every, len(every)) for _ in range(0, runs, len(every)))
    drawn = [pair for one in rounds for pair in one][:runs]
    return [Run(provider, call, kind, random.getrandbits(32), calls[call]) for call, kind in drawn]


def fault_of(run: Run) -> Fault:
    """The fault of a run, as the sandbox takes it."""
    random = Random(run.seed)
    skip = random.randrange(run.times)
    if run.kind in ("429", "500", "503 with Retry-After"):
        retry_after = random.choice((1, 30, 400)) if run.kind.startswith("503") or random.random() < 0.5 else None
        return Fault(
            "status",
            route=run.call,
            skip=skip,
            count=random.choice((1, 2, 4)),
            status=int(run.kind[:3]),
            retry_after=retry_after,
            as_date=random.random() < 0.3,
            after=run.kind != "429" and random.random() < 0.5,
        )
    if run.kind == "garbage":
        return Fault(
            "garbage", route=run.call, skip=skip, form=random.choice([one for one in GARBAGE if one != "empty"])
        )
    if run.kind == "timeout-before":
        return Fault("timeout-before", route=run.call, skip=skip)
    if run.kind == "timeout-after":
        return Fault("timeout-after", route=run.call, skip=skip)
    if run.kind == "cut-before":
        return Fault("cut-before", route=run.call, skip=skip)
    if run.kind == "cut-after":
        return Fault("cut-after", route=run.call, skip=skip)
    return Fault("401-once" if run.kind == "401-once" else "401-for-good", route=run.call, skip=skip)


async def make(run: Run) -> Outcome:
    """Make it; where the fault came too late to strike, once more with the first such call."""
    fault = fault_of(run)
    for skip in (fault.skip, 0):
        fault = fault_of(run)
        fault.skip = skip
        try:
            told = await tell(run.provider, run.seed, fault)
        except Failed as failure:
            return Outcome(run, True, "", str(failure))
        except Exception as error:  # whatever else a run ends with is a failure, too
            return Outcome(run, True, "", f"{type(error).__name__}: {error}")
        if told.struck:
            break
    return Outcome(run, told.struck, told.lost, "")
