"""What must not be after runs of Auto Coaching, asked of PostgreSQL: each query counts what is wrong."""

MUST_NOT_BE = {
    "agents without an outcome": """
        SELECT count(*) FROM run_agent JOIN run ON run.id = run_id WHERE outcome IS NULL AND cancelled_at IS NULL""",
    "agents with two sessions": """
        SELECT count(*) FROM (SELECT agent_id FROM session GROUP BY agent_id HAVING count(*) > 1) x""",
    "sessions that overlap another of a person": """
        SELECT count(*) FROM (
            SELECT starts < lag(ends) OVER (PARTITION BY person_id ORDER BY starts) AS too_early
            FROM participant WHERE live) x
        WHERE too_early""",
    "sessions that do not hold the time of two": """
        SELECT count(*) FROM (
            SELECT s.id FROM session s LEFT JOIN participant p ON p.session_id = s.id AND p.live
            GROUP BY s.id HAVING count(p.person_id) <> 2) x""",
    "sessions of no run, or of two": """
        SELECT count(*) FROM (
            SELECT s.id FROM session s LEFT JOIN run_agent a ON a.session_id = s.id
            GROUP BY s.id HAVING count(a.run_id) <> 1) x""",
    "sessions without one entry in the audit": """
        SELECT count(*) FROM (
            SELECT s.id FROM session s
            LEFT JOIN audit_entry e ON e.subject = 'session:' || s.code AND e.verb = 'session_proposed'
            GROUP BY s.id HAVING count(e.id) <> 1) x""",
    "holds that never end": """
        SELECT count(*) FROM session s LEFT JOIN work w ON w.kind = 'expire' AND w.subject = s.id WHERE w.id IS NULL""",
    "coaches planned in part": """
        SELECT count(*) FROM (
            SELECT coach_id FROM run_agent GROUP BY run_id, coach_id HAVING count(outcome) NOT IN (0, count(*))) x""",
    "runs whose figures do not add up": """
        SELECT count(*) FROM run JOIN (
            SELECT run_id, count(*) AS all_of_them, count(outcome) AS done, count(session_id) AS proposed
            FROM run_agent GROUP BY run_id) a ON a.run_id = run.id
        WHERE (agents, agents_done, run.proposed) <> (a.all_of_them, a.done, a.proposed)""",
    "blocks left to plan": "SELECT count(*) FROM work WHERE kind = 'run_block'",
}
"""What, in words, and the query."""
