-- Who flagged, and what is to be worked first: the lane (none so far), then the earliest duty that runs or was missed.

ALTER TABLE sopflow_case ADD COLUMN flagger TEXT NOT NULL DEFAULT '';
CREATE INDEX sopflow_case_flagger ON sopflow_case (tenant, flagger, opened, id) WHERE flagger <> '';

ALTER TABLE sopflow_case ADD COLUMN urgency TEXT NOT NULL DEFAULT '99~';
UPDATE sopflow_case SET urgency = '99' || COALESCE((
    SELECT MIN(COALESCE(json_extract(d.value, '$.due'), json_extract(d.value, '$.remind')))
    FROM json_each(sopflow_case.doc, '$.deadlines') d
    WHERE json_extract(d.value, '$.kind') <> 'right'
        AND (COALESCE(json_extract(d.value, '$.standing'), 'running') = 'running'
            OR (json_extract(d.value, '$.standing') = 'expired' AND json_extract(d.value, '$.met') IS NULL))), '~');
CREATE INDEX sopflow_case_urgency ON sopflow_case (tenant, urgency, id) WHERE final = 0;
