"""The words things are stored under: permissions, providers and the states of what moves.

Standard library only, below everything: tables store these as text, surfaces choose words by them.
"""

from enum import StrEnum


class Permission(StrEnum):
    """What a person may do; the value is the name people know."""

    VIEW = "View Performance Management"
    COACH = "Coach View Access"
    APPROVE = "Approve Coaching Session"
    ADMIN_ESSENTIALS = "Administer Performance Management Essentials"
    ADMIN_ENTERPRISE = "Administer Performance Management Enterprise"
    SUPPORT = "Support View Access"


ADMINISTER = (Permission.ADMIN_ESSENTIALS, Permission.ADMIN_ENTERPRISE)


class TeamRole(StrEnum):
    """What a person is in a team."""

    COACH = "coach"
    AGENT = "agent"


class Provider(StrEnum):
    """A calendar system."""

    WFM = "wfm"
    GOOGLE = "google"
    OUTLOOK = "outlook"

    @property
    def label(self) -> str:
        """The name people know: `WFM`, `Google`, `Outlook`."""
        return "WFM" if self is Provider.WFM else self.value.capitalize()


class External(StrEnum):
    """The organisation's external calendar, one of three."""

    NONE = "none"
    GOOGLE = "google"
    OUTLOOK = "outlook"


class ConnectionState(StrEnum):
    """How a live connection is doing. (Ended ones carry `ended_at` and why.)"""

    READY = "ready"
    DEGRADED = "degraded"  # reads fail for now; busy time is unknown once the last good read is too old
    NEEDS_RECONNECTING = "needs_reconnecting"


class EndedWhy(StrEnum):
    """Why a connection ended."""

    BY_COACH = "by_coach"
    ACCESS_REMOVED = "access_removed"  # an administrator sent access without this calendar
    PERSON_GONE = "person_gone"  # disabled, or Coach View Access taken away


class Banner(StrEnum):
    """Which banner stands on every screen."""

    CONNECT = "connect"
    RECONNECT = "reconnect"
    SET_AVAILABILITY = "set_availability"


class AttemptState(StrEnum):
    """Where a sign-in stands."""

    STARTING = "starting"  # the worker makes the link
    AWAITING = "awaiting"  # the link is out; the provider's answer is awaited
    EXCHANGING = "exchanging"  # an answer is in; the worker exchanges and verifies it
    CONFIRMING = "confirming"  # verified; the coach confirms the account
    CONNECTED = "connected"
    CANCELLED = "cancelled"
    NEEDS_APPROVAL = "needs_approval"  # the organisation's Microsoft administrator has to approve first
    EXPIRED = "expired"
    REJECTED = "rejected"  # wrong state or issuer, or an answer used twice
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing will happen any more."""
        return self in _OVER


class ApprovalState(StrEnum):
    """What the organisation's Microsoft administrator said of the app, as far as anybody here heard."""

    NOT_ASKED = "not_asked"
    REQUESTED = "requested"
    DENIED = "denied"  # may be asked for again
    BLOCKED = "blocked"  # may not
    APPROVED = "approved"  # an Outlook sign-in succeeded


_OVER = frozenset(
    {
        AttemptState.CONNECTED,
        AttemptState.CANCELLED,
        AttemptState.NEEDS_APPROVAL,
        AttemptState.EXPIRED,
        AttemptState.REJECTED,
        AttemptState.FAILED,
    }
)


class AnswerWay(StrEnum):
    """How the provider's answer to a sign-in comes back."""

    LOOPBACK = "loopback"  # a listener on the machine pmtui runs on, reached by the browser or a forwarded port
    PASTE = "paste"  # nobody listens: the person pastes the address the browser ended at
    HOSTED = "hosted"  # the page of `pmtui callback`, behind the organisation's https
    DEVICE = "device"  # no redirect: a code is typed at the provider's page, and the worker asks (Microsoft only)


class SessionState(StrEnum):
    """Where a coaching session stands."""

    REQUESTED = "requested"
    HELD = "held"  # Approval Required
    APPROVING = "approving"  # approved; waits for fresh calendar facts
    SCHEDULED = "scheduled"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def live(self) -> bool:
        """Whether it takes, or took, the time of coach and agent: limits count it, and no other may overlap it."""
        return self in (SessionState.HELD, SessionState.APPROVING, SessionState.SCHEDULED, SessionState.DONE)


class Origin(StrEnum):
    """Who thought of a session."""

    MANUAL = "manual"
    AUTO = "auto"


class Priority(StrEnum):
    """How much a coaching rule matters, the most first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Comparison(StrEnum):
    """When a metric's value calls for coaching."""

    BELOW = "below"
    AT_MOST = "at most"
    ABOVE = "above"
    AT_LEAST = "at least"


class RunState(StrEnum):
    """How far a run of Auto Coaching is."""

    WAITING = "waiting"  # asked for; the worker has not yet seen who is meant
    RUNNING = "running"
    CANCELLING = "cancelling"  # what is under way is finished
    DONE = "done"
    CANCELLED = "cancelled"


class RunOutcome(StrEnum):
    """What came of an agent in a run."""

    PROPOSED = "proposed"
    OPEN_PROPOSAL = "open_proposal"
    UPCOMING_SESSION = "upcoming_session"
    COOLDOWN = "cooldown"
    TARGET_MET = "target_met"
    RULE_GONE = "rule_gone"
    AGENT_GONE = "agent_gone"
    NO_COACH = "no_coach"
    COACH_DISABLED = "coach_disabled"
    COACH_WITHOUT_PERMISSION = "coach_without_permission"
    COACH_OUT_OF_SCOPE = "coach_out_of_scope"
    CALENDAR_UNKNOWN = "calendar_unknown"
    NO_SLOT = "no_slot"
    TAKEN_BY_OTHERS = "taken_by_others"  # every start went to others of the same run
    NOT_PLANNED = "not_planned"  # the run was cancelled before


class Attention(StrEnum):
    """Why a session needs somebody to look at it."""

    COACH_GONE = "coach_gone"
    AGENT_GONE = "agent_gone"
    CALENDAR_CHANGED = "calendar_changed"
    EVENT_CHANGED = "event_changed"
    APPROVAL_REFUSED = "approval_refused"  # approved, but fresh facts say no


class Wanted(StrEnum):
    """What the calendar should hold of a session."""

    PRESENT = "present"
    ABSENT = "absent"


class Delivery(StrEnum):
    """How far a wanted event is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"  # the calendar will not take it; repeated only when something changes
    LEFT_BEHIND = "left_behind"  # the connection ended before it could be removed


class WorkKind(StrEnum):
    """What the worker looks at again."""

    ATTEMPT = "attempt"  # subject: an attempt's id
    READ = "read"  # subject: a connection's id
    LINK = "link"  # subject: a tenant's id; agents' WFM links
    WRITE = "write"  # subject: a wanted event's id
    APPROVE = "approve"  # subject: a session's id
    EXPIRE = "expire"  # subject: a session's id
    RUN = "run"  # subject: a run's id; who is meant
    RUN_BLOCK = "run_block"  # subject: a run block's id
    REVOKE = "revoke"  # subject: a tenant's id; Google grants of ended connections


class Topic(StrEnum):
    """What a screen shows and watches."""

    INTEGRATIONS = "integrations"
    AVAILABILITY = "availability"
    COACHING = "coaching"
    PEOPLE = "people"
    ACTIVITY = "activity"  # whatever is audited
    PREFERENCES = "preferences"  # what people set for themselves


class Verb(StrEnum):
    """What an audit entry says was done."""

    TENANT_CREATED = "tenant_created"
    PERSON_ADDED = "person_added"
    PERMISSION_GIVEN = "permission_given"
    PERMISSION_TAKEN = "permission_taken"
    PERSON_DISABLED = "person_disabled"
    PERSON_ENABLED = "person_enabled"
    PEOPLE_IMPORTED = "people_imported"
    SCOPE_SET = "scope_set"
    SSH_KEY_ADDED = "ssh_key_added"
    SSH_KEY_REMOVED = "ssh_key_removed"
    SETTINGS_CHANGED = "settings_changed"
    ACCESS_SENT = "access_sent"
    WFM_SERVICE_SET = "wfm_service_set"
    RULE_SAVED = "rule_saved"
    RULE_REMOVED = "rule_removed"
    METRICS_IMPORTED = "metrics_imported"
    SCHEDULES_IMPORTED = "schedules_imported"
    STAFFING_IMPORTED = "staffing_imported"
    RUN_ASKED = "run_asked"
    RUN_CANCELLED = "run_cancelled"
    RUN_ENDED = "run_ended"
    REQUESTS_IMPORTED = "requests_imported"
    SIGN_IN_STARTED = "sign_in_started"
    SIGN_IN_ENDED = "sign_in_ended"
    APPROVAL_NOTED = "approval_noted"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    GRANT_REVOKED = "grant_revoked"
    AVAILABILITY_SAVED = "availability_saved"
    CALENDAR_READ = "calendar_read"
    CALENDAR_TESTED = "calendar_tested"
    EVENT_WRITTEN = "event_written"
    EVENT_REMOVED = "event_removed"
    SESSION_REQUESTED = "session_requested"
    SESSION_PROPOSED = "session_proposed"
    SESSION_APPROVED = "session_approved"
    SESSION_SCHEDULED = "session_scheduled"
    SESSION_RESCHEDULED = "session_rescheduled"
    SESSION_REJECTED = "session_rejected"
    SESSION_CANCELLED = "session_cancelled"
    SESSION_EXPIRED = "session_expired"
    SESSION_FLAGGED = "session_flagged"
    SESSION_DONE = "session_done"
    SESSION_MISSED = "session_missed"
    SESSION_BOOKED_ANYWAY = "session_booked_anyway"


class Outcome(StrEnum):
    """How what was done ended."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
