"""The first schema"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql import sqltypes

from pmtui.backend.storage import guards

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subdomain", sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.Column("timezone", sqltypes.AutoString(), nullable=False),
        sa.Column("new_login_experience", sa.Boolean(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("subdomain", name=op.f("uq_tenant_subdomain")),
    )
    op.create_table(
        "calendar_access",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("wfm", sa.Boolean(), nullable=False),
        sa.Column(
            "external",
            sa.Enum("none", "google", "outlook", name="external", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("sent_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("draft_wfm", sa.Boolean(), nullable=False),
        sa.Column(
            "draft_external",
            sa.Enum("none", "google", "outlook", name="external", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_calendar_access_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_calendar_access")),
    )
    op.create_table(
        "change",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Enum("integrations", "availability", "coaching", "people", name="topic", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_change_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "topic", name=op.f("pk_change")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("email", sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.Column("timezone", sqltypes.AutoString(), nullable=True),
        sa.Column("coach_id", sa.Integer(), nullable=True),
        sa.Column("disabled_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "coach_id"], ["person.tenant_id", "person.id"], name=op.f("fk_person_tenant_id_coach_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_person_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_person_tenant_id_email")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_person_tenant_id_id")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_team_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_team_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_team_tenant_id_name")),
    )
    op.create_table(
        "team_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_team_group_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_group")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_team_group_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_team_group_tenant_id_name")),
    )
    op.create_table(
        "wfm_service",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("url", sqltypes.AutoString(), nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sqltypes.AutoString(), nullable=False),
        sa.Column("business_unit_id", sqltypes.AutoString(), nullable=False),
        sa.Column("scenario_id", sqltypes.AutoString(), nullable=True),
        sa.Column("coaching_activity_id", sqltypes.AutoString(), nullable=True),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_wfm_service_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_wfm_service")),
    )
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "attempt", "read", "link", "write", "approve", "expire", name="workkind", native_enum=False, length=60
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("due_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("leased_by", sqltypes.AutoString(), nullable=True),
        sa.Column("last_error", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_work_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_work_kind_subject")),
    )
    with op.batch_alter_table("work", schema=None) as batch_op:
        batch_op.create_index("ix_work_due", ["due_at"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("uid", sqltypes.AutoString(), nullable=False),
        sa.Column(
            "provider",
            sa.Enum("wfm", "google", "outlook", name="provider", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "starting",
                "awaiting",
                "exchanging",
                "confirming",
                "connected",
                "cancelled",
                "needs_approval",
                "expired",
                "rejected",
                "failed",
                name="attemptstate",
                native_enum=False,
                length=60,
            ),
            nullable=False,
        ),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("redirect_uri", sqltypes.AutoString(), nullable=True),
        sa.Column("state_token", sqltypes.AutoString(), nullable=True),
        sa.Column("nonce", sqltypes.AutoString(), nullable=True),
        sa.Column("scopes", sqltypes.AutoString(), nullable=False),
        sa.Column("link", sqltypes.AutoString(), nullable=True),
        sa.Column("sealed_verifier", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_tokens", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sqltypes.AutoString(), nullable=True),
        sa.Column("tokens_expire_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("code", sqltypes.AutoString(), nullable=True),
        sa.Column("answered_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("account", sqltypes.AutoString(), nullable=True),
        sa.Column("external_id", sqltypes.AutoString(), nullable=True),
        sa.Column("timezone", sqltypes.AutoString(), nullable=True),
        sa.Column("error_code", sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["person.tenant_id", "person.id"], name=op.f("fk_attempt_tenant_id_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("state_token", name=op.f("uq_attempt_state_token")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_attempt_tenant_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_attempt_uid")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_person_id"), ["person_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column(
            "actor",
            sa.Enum("person", "operator", "worker", name="actorkind", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "surface",
            sa.Enum("app", "cli", "worker", "demo", name="surface", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column(
            "verb",
            sa.Enum(
                "tenant_created",
                "person_added",
                "permission_given",
                "permission_taken",
                "person_disabled",
                "scope_set",
                "access_sent",
                "wfm_service_set",
                "sign_in_started",
                "sign_in_ended",
                "connected",
                "disconnected",
                "availability_saved",
                "calendar_read",
                "event_written",
                "event_removed",
                "session_proposed",
                "session_approved",
                "session_scheduled",
                "session_rejected",
                "session_cancelled",
                "session_expired",
                "session_flagged",
                name="verb",
                native_enum=False,
                length=60,
            ),
            nullable=False,
        ),
        sa.Column("subject", sqltypes.AutoString(), nullable=False),
        sa.Column(
            "outcome", sa.Enum("ok", "refused", "failed", name="outcome", native_enum=False, length=60), nullable=False
        ),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_audit_entry_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_audit_entry_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_tenant_at", ["tenant_id", "at"], unique=False)

    op.create_table(
        "availability",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("timezone", sqltypes.AutoString(), nullable=False),
        sa.Column("week", sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_availability_version")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_availability_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_availability")),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("uid", sqltypes.AutoString(), nullable=False),
        sa.Column(
            "provider",
            sa.Enum("wfm", "google", "outlook", name="provider", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("ready", "degraded", "needs_reconnecting", name="connectionstate", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("account", sqltypes.AutoString(), nullable=False),
        sa.Column("external_id", sqltypes.AutoString(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("connected_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column(
            "ended_why",
            sa.Enum("by_coach", "access_removed", "person_gone", name="endedwhy", native_enum=False, length=60),
            nullable=True,
        ),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("last_read_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("failing_since_at", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("error_code", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_connection_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_connection_tenant_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_connection_uid")),
    )
    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connection_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "one_live_connection",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "group_team",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["team_group.tenant_id", "team_group.id"],
            name=op.f("fk_group_team_tenant_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_group_team_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "team_id", name=op.f("pk_group_team")),
    )
    op.create_table(
        "person_permission",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "permission",
            sa.Enum(
                "View Performance Management",
                "Coach View Access",
                "Approve Coaching Session",
                "Administer Performance Management Essentials",
                "Administer Performance Management Enterprise",
                "Support View Access",
                name="permission",
                native_enum=False,
                length=60,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_person_permission_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", "permission", name=op.f("pk_person_permission")),
    )
    op.create_table(
        "scope",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(team_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_scope_one_of")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["team_group.tenant_id", "team_group.id"],
            name=op.f("fk_scope_tenant_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["person.tenant_id", "person.id"], name=op.f("fk_scope_tenant_id_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_scope_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope")),
    )
    with op.batch_alter_table("scope", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scope_person_id"), ["person_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("code", sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqltypes.AutoString(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("starts", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ends", sqltypes.UTCDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "held",
                "approving",
                "scheduled",
                "done",
                "missed",
                "cancelled",
                "rejected",
                "expired",
                name="sessionstate",
                native_enum=False,
                length=60,
            ),
            nullable=False,
        ),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.Enum("manual", "auto", name="origin", native_enum=False, length=60), nullable=False),
        sa.Column("held_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column(
            "attention",
            sa.Enum(
                "coach_gone",
                "agent_gone",
                "calendar_changed",
                "event_changed",
                "approval_refused",
                name="attention",
                native_enum=False,
                length=60,
            ),
            nullable=True,
        ),
        sa.Column("attention_details", sqltypes.AutoString(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("coach_id <> agent_id", name=op.f("ck_session_two_people")),
        sa.CheckConstraint("starts < ends", name=op.f("ck_session_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agent_id"], ["person.tenant_id", "person.id"], name=op.f("fk_session_tenant_id_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "coach_id"], ["person.tenant_id", "person.id"], name=op.f("fk_session_tenant_id_coach_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("code", name=op.f("uq_session_code")),
        sa.UniqueConstraint("id", "starts", "ends", "live", name="uq_session_time"),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_session_tenant_id_id")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index("ix_session_tenant_starts", ["tenant_id", "starts"], unique=False)

    op.create_table(
        "team_member",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Enum("coach", "agent", name="teamrole", native_enum=False, length=60), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_team_member_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_team_member_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("team_id", "person_id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "calendar_facts",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("window_start", sa.Integer(), nullable=False),
        sa.Column("window_end", sa.Integer(), nullable=False),
        sa.Column("spans", sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connection.tenant_id", "connection.id"],
            name=op.f("fk_calendar_facts_tenant_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_calendar_facts_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_facts")),
    )
    op.create_table(
        "connection_token",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sqltypes.AutoString(), nullable=False),
        sa.Column("expires_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("leased_until", sqltypes.UTCDateTime(), nullable=True),
        sa.Column("leased_by", sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connection.tenant_id", "connection.id"],
            name=op.f("fk_connection_token_tenant_id_connection_id"),
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_connection_token")),
    )
    op.create_table(
        "participant",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Enum("coach", "agent", name="teamrole", native_enum=False, length=60), nullable=False),
        sa.Column("starts", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ends", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id", "starts", "ends", "live"],
            ["session.id", "session.starts", "session.ends", "session.live"],
            name="fk_participant_session_time",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_participant_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_participant")),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(
            "ix_participant_person_live",
            ["person_id", "starts"],
            unique=False,
            sqlite_where=sa.text("live"),
            postgresql_where=sa.text("live"),
        )

    op.create_table(
        "wanted_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column(
            "provider",
            sa.Enum("wfm", "google", "outlook", name="provider", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("wanted", sa.Enum("present", "absent", name="wanted", native_enum=False, length=60), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum("pending", "delivered", "refused", "left_behind", name="delivery", native_enum=False, length=60),
            nullable=False,
        ),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("title", sqltypes.AutoString(), nullable=False),
        sa.Column("starts", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ends", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("provider_id", sqltypes.AutoString(), nullable=True),
        sa.Column("error_code", sqltypes.AutoString(), nullable=True),
        sa.Column("wanted_at", sqltypes.UTCDateTime(), nullable=False),
        sa.Column("delivered_at", sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connection.tenant_id", "connection.id"],
            name=op.f("fk_wanted_event_tenant_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_wanted_event_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_id"],
            ["session.tenant_id", "session.id"],
            name=op.f("fk_wanted_event_tenant_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wanted_event")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_wanted_event_session_id_person_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_wanted_event_tenant_id_id")),
    )
    guards.create(op.get_bind())
