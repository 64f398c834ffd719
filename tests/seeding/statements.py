"""What becomes of registered reports in two months, as SQL; and reports that are finished, with all that is kept."""

from typing import LiteralString

from tellusonce.persistence.tables import CLOSED_STATES

# Most reports are recent, the oldest two months old.
AGE: LiteralString = """
CREATE TEMP TABLE aged AS
SELECT id AS report_id, make_interval(days => floor(60 * power(random(), 2))::integer,
                                      mins => 90 + floor(600 * random())::integer) AS age FROM report;
CREATE INDEX ON aged (report_id);
ANALYZE aged;
UPDATE report SET accepted_at = accepted_at - age FROM aged WHERE report_id = id;
UPDATE report_version SET registered_at = registered_at - age FROM aged WHERE aged.report_id = report_version.report_id;
UPDATE trail SET at = at - age FROM aged WHERE aged.report_id = trail.report_id;
UPDATE notification
SET accepted_at = accepted_at - age, receipt_due_on = (receipt_due_on - age)::date,
    outcome_due_on = (outcome_due_on - age)::date
FROM aged WHERE aged.report_id = notification.report_id
"""

# All that is for the troubled agency is outstanding, as much as there is room for; of the others whatever chance says.
CHOOSE: LiteralString = """
CREATE TEMP TABLE chosen AS
SELECT id, CASE WHEN place > %(outstanding)s THEN (CASE WHEN chance < 0.1 THEN 'not-held' ELSE 'actioned' END)
                WHEN agency = %(troubled)s THEN (CASE WHEN chance < 0.4 THEN 'parked' ELSE 'queued' END)
                WHEN chance < 0.01 THEN 'parked' WHEN chance < 0.05 THEN 'queried' WHEN chance < 0.06 THEN 'rejected'
                WHEN chance < 0.3 THEN 'delivered' ELSE 'received' END AS state
FROM (SELECT id, agency, random() AS chance,
             row_number() OVER (ORDER BY (agency = %(troubled)s) DESC, random()) AS place FROM notification) AS placed
"""

# Two outcomes are said by the service itself, after the receipt: TO_BE_SAID.
TELL: LiteralString = f"""
UPDATE notification
SET state = CASE WHEN chosen.state IN ('queried', 'rejected') THEN 'received' ELSE chosen.state END,
    attempts = CASE chosen.state WHEN 'parked' THEN 9 WHEN 'queued' THEN 6 ELSE 1 END,
    next_attempt_at = CASE chosen.state WHEN 'queued' THEN now() END,
    delivered_at = CASE WHEN chosen.state NOT IN ('queued', 'parked') THEN accepted_at + interval '1 minute' END,
    received_at = CASE WHEN chosen.state NOT IN ('queued', 'parked', 'delivered')
                       THEN accepted_at + interval '1 hour' END,
    closed_at = CASE WHEN chosen.state IN ({CLOSED_STATES}) THEN accepted_at + interval '1 hour' END
FROM chosen WHERE chosen.id = notification.id;

CREATE TEMP TABLE tried AS
SELECT id, report_id, agency, number, channels.value AS channel,
       CASE WHEN state IN ('queued', 'parked') THEN 'refused' ELSE 'delivered' END AS result,
       CASE WHEN state IN ('queued', 'parked') THEN 503 ELSE 202 END AS status,
       CASE WHEN state = 'parked' AND number = attempts THEN 'parked'
            WHEN state IN ('queued', 'parked') THEN 'attempt-failed' ELSE 'delivered' END AS action,
       least(now(), accepted_at + power(number - 1, 2) * interval '4 hours') AS at
FROM notification JOIN jsonb_each_text(%(channels)s::jsonb) AS channels ON channels.key = agency,
     generate_series(1, attempts) AS number;
INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms, finished_at)
SELECT id, number, channel, result, status, 5 + floor(random() * 90), at FROM tried;
INSERT INTO trail (report_id, at, action, actor, agency, notification_id, detail)
SELECT report_id, at, action, 'tellusonce', agency, id,
       jsonb_build_object('attempt', number, 'result', result, 'status', status)
FROM tried ORDER BY at;

INSERT INTO acknowledgement (notification_id, kind, outcome, at, state_after, recorded_at)
SELECT id, CASE state WHEN 'received' THEN 'receipt' ELSE 'outcome' END, nullif(state, 'received'), received_at, state,
       received_at
FROM notification WHERE received_at IS NOT NULL;
INSERT INTO trail (report_id, at, action, actor, agency, notification_id, detail)
SELECT report_id, recorded_at, 'acknowledged', 'agency:' || agency, agency, notification.id,
       jsonb_build_object('kind', acknowledgement.kind, 'outcome', outcome, 'state', state_after)
FROM notification JOIN acknowledgement ON notification_id = notification.id
"""

TO_BE_SAID: LiteralString = """
SELECT id, agency, CASE chosen.state WHEN 'queried' THEN 'query' ELSE 'rejected' END
FROM chosen JOIN notification USING (id) WHERE chosen.state IN ('queried', 'rejected') ORDER BY id
"""

OPEN_UNDELIVERABLE: LiteralString = """
WITH opened AS (
    INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on)
    SELECT gen_random_uuid(), report_id, id, agency, 'undeliverable', current_date FROM notification
    WHERE state = 'parked'
    RETURNING id, report_id, notification_id, agency, kind
)
INSERT INTO trail (report_id, action, actor, agency, notification_id, detail)
SELECT report_id, 'follow-up-opened', 'tellusonce', agency, notification_id,
       jsonb_build_object('kind', kind, 'follow_up', id)
FROM opened
"""

# The sweep that opens what is overdue asks for each batch anew.
ANALYZE: LiteralString = "ANALYZE notification, follow_up"

# As old as what they are about lets them be. The ladder is to be looked at in some days, so that nothing is reminded
# or raised meanwhile.
AGE_FOLLOW_UPS: LiteralString = """
CREATE TEMP TABLE opened AS
SELECT follow_up.id, follow_up.report_id, least(now() - interval '1 hour', CASE follow_up.kind
           WHEN 'receipt-overdue' THEN receipt_due_on + interval '1 day 1 minute'
           WHEN 'outcome-overdue' THEN outcome_due_on + interval '1 day 1 minute'
           WHEN 'undeliverable' THEN accepted_at + interval '14 days'
           ELSE accepted_at + interval '1 hour' END) AS at,
       random() AS chance
FROM follow_up JOIN notification ON notification.id = notification_id;
CREATE INDEX ON opened (report_id, id);
ANALYZE opened;
UPDATE trail SET at = opened.at FROM opened
WHERE opened.report_id = trail.report_id AND detail->>'follow_up' = opened.id::text;
UPDATE follow_up
SET opened_at = at, due_on = at::date,
    owner = CASE WHEN chance < 0.4 THEN (%(owners)s::text[])[1 + floor(chance / 0.4 * cardinality(%(owners)s::text[]))]
                 END,
    raised_to = raised.to, steps_taken = raised.steps,
    next_step_on = CASE WHEN raised.steps < 4 THEN current_date + 4 END
FROM opened, LATERAL (SELECT CASE WHEN at > now() - interval '14 days' THEN NULL
                                  WHEN at > now() - interval '25 days' THEN 'supervisor' ELSE 'agency-contact' END,
                             CASE WHEN at > now() - interval '14 days' THEN 0
                                  WHEN at > now() - interval '25 days' THEN 3 ELSE 4 END) AS raised ("to", steps)
WHERE opened.id = follow_up.id
"""

# Ids go up with time, as the service's own do.
FINISHED: LiteralString = """
WITH numbered AS (
    SELECT number, now() - interval '60 days' - number * interval '1 minute' AS at
    FROM generate_series(%(start)s + 1, %(start)s + %(reports)s) AS number
), made AS (
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
            || '8' || substr(md5(random()::text), 1, 15))::uuid AS id, number, at FROM numbered
), r AS (
    INSERT INTO report (id, reference, life_event, district, accepted_at, wrapped_key, master_key, retention_days,
        forget_on)
    SELECT id, 'FINISHED-' || number, 'bereavement', 'holmshire', at, decode(repeat('00', 60), 'hex'), 'none', 3650,
        current_date + 3650 FROM made
), b AS (
    INSERT INTO blind_index (digest, report_id)
    SELECT decode(md5(concat(term, id)), 'hex'), id FROM made, generate_series(1, 4) AS term
), v AS (
    INSERT INTO report_version (report_id, version, kind, registered_by, registered_at, facts)
    SELECT id, 1, 'original', 'registrar:Ines Okafor', at, decode(repeat('00', 700), 'hex') FROM made
), told AS MATERIALIZED (
    SELECT (overlay(made.id::text PLACING substr(md5(random()::text), 1, 12) FROM 25))::uuid AS id,
           made.id AS report_id, at, number %% 9 = 0 AND place = 1 AS was_late,
           (%(agencies)s::text[])[1 + (number * 7 + place * 5) %% cardinality(%(agencies)s::text[])] AS agency
    FROM made, generate_series(1, 4) AS place
), n AS (
    INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway, agreement_version,
        receipt_due_on, outcome_due_on, accepted_at, state, attempts, next_attempt_at, delivered_at, received_at,
        closed_at)
    SELECT id, report_id, 1, agency, 1, '{state-pension}', '{deceased.family_name,deceased.date_of_death}',
        'Social Security Administration Act 1992, section 125', '1.0', at::date + 1, at::date + 14, at, 'actioned', 1,
        NULL, at, at, at + interval '1 day' FROM told
), a AS (
    INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms, finished_at)
    SELECT id, 1, 'push', 'delivered', 200, 12, at FROM told
), k AS (
    INSERT INTO acknowledgement (notification_id, kind, outcome, effective_on, at, state_after, recorded_at)
    SELECT id, 'outcome', 'actioned', at::date, at + interval '1 day', 'actioned', at + interval '1 day' FROM told
), f AS (
    INSERT INTO follow_up (id, report_id, notification_id, agency, kind, opened_at, due_on, next_step_on, closed_at,
        closed_because)
    SELECT gen_random_uuid(), report_id, id, agency, 'receipt-overdue', at + interval '3 days', at::date + 3, NULL,
        at + interval '4 days', 'the agency answered' FROM told WHERE was_late
)
INSERT INTO trail (report_id, at, action, actor, agency, notification_id, detail)
SELECT id, at, 'registered', 'registrar:Ines Okafor', NULL::text, NULL::uuid, '{"notifications": []}'::jsonb FROM made
UNION ALL
SELECT report_id, at, action, 'tellusonce', agency, id, '{}'::jsonb
FROM told, unnest(ARRAY['delivered', 'acknowledged']) AS action
"""
