-- Who flagged, and what is to be worked first: the lane (none so far), then the earliest duty that runs or was missed.

ALTER TABLE sopflow_case ADD COLUMN flagger TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX sopflow_case_flagger ON sopflow_case (tenant, flagger, opened, id) WHERE flagger <> '';

ALTER TABLE sopflow_case ADD COLUMN urgency TEXT COLLATE "C" NOT NULL DEFAULT '99~';
UPDATE sopflow_case SET urgency = '99' || COALESCE((
    SELECT MIN(COALESCE(d.value ->> 'due', d.value ->> 'remind') COLLATE "C")
    FROM json_array_elements(CAST(doc AS json) -> 'deadlines') d
    WHERE d.value ->> 'kind' <> 'right'
        AND (COALESCE(d.value ->> 'standing', 'running') = 'running'
            OR (d.value ->> 'standing' = 'expired' AND d.value ->> 'met' IS NULL))), '~');
CREATE INDEX sopflow_case_urgency ON sopflow_case (tenant, urgency, id) WHERE final = 0;
