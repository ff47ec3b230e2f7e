"""Every command and where it stands. What a command needs is loaded when it runs, not before."""

BUILD = "pmtui.backend.build:build"
CONFIG = "pmtui.backend.config:load"
DOCTOR = "pmtui.backend.doctor.examination:examine"
IN_FORCE = "pmtui.backend.config:in_force"
KEYS = "pmtui.backend.signin.vault:Keys"
ROTATION = "pmtui.backend.signin.rotation:Rotation"
VAULT = "pmtui.backend.signin.vault:Vault"
OWN_KEYS = "pmtui.preferences:keys"
PREFERENCES = "pmtui.preferences:general"
PREPARED = "pmtui.preferences:prepared"
LOG = "pmtui.backend.log:start"

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (where its typer app stands, what it is for)
    "init": ("pmtui.cli.init:app", "Make the database, the keys and the organisation."),
    "demo": ("pmtui.demo.command:app", "Try pmtui with sample data, on parts that vanish afterwards."),
    "integrations": ("pmtui.cli.integrations:app", "Calendar access, Send Access, connect and disconnect."),
    "availability": ("pmtui.cli.availability:app", "A coach's weekly hours."),
    "people": ("pmtui.cli.people:app", "People, permissions, teams and scope."),
    "settings": ("pmtui.cli.settings:app", "What the organisation has set for sessions and calendars."),
    "preferences": ("pmtui.cli.preferences:app", "What you set for yourself: colours, clock, first day, keys."),
    "ssh": ("pmtui.cli.ssh:app", "Who signs in over SSH: people's public keys."),
    "slots": ("pmtui.cli.slots:app", "The slot engine on case files, without a database."),
    "coaching": ("pmtui.cli.coaching:app", "Find times; propose, approve, reschedule, cancel and list sessions."),
    "connections": ("pmtui.cli.connections:app", "Who is connected, who is not and why; figures per provider."),
    "audit": ("pmtui.cli.audit:app", "Who did what, when."),
    "doctor": ("pmtui.cli.doctor:app", "See whether everything pmtui needs is there and works."),
    "config": ("pmtui.cli.config:app", "What is in force, and where each value came from."),
    "keys": ("pmtui.cli.keys:app", "The keys that seal tokens: what is under which, and a new one in use."),
    "import": ("pmtui.cli.imports:app", "Files of other systems: people, metrics, schedules, staffing, requests."),
    "db": ("pmtui.cli.db:app", "The database's schema."),
    "worker": ("pmtui.cli.worker:app", "The process that speaks to the calendars."),
    "callback": ("pmtui.cli.callback:app", "The page that sign-ins come back to, behind the organisation's https."),
    "sandbox": ("pmtui.cli.sandbox:app", "Stand-ins of Microsoft, Google and the WFM, to try without accounts."),
}
