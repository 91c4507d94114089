-- Who flagged, and what is to be worked first: the lane (none so far), then the earliest duty that runs or was missed.

ALTER TABLE sopflow_case ADD COLUMN flagger VARCHAR(200) NOT NULL DEFAULT '';
CREATE INDEX sopflow_case_flagger ON sopflow_case (tenant, flagger, opened, id);

ALTER TABLE sopflow_case ADD COLUMN urgency VARCHAR(32) NOT NULL DEFAULT '99~';
UPDATE sopflow_case SET urgency = CONCAT('99', COALESCE((
    SELECT MIN(COALESCE(d.due, d.remind))
    FROM JSON_TABLE(sopflow_case.doc, '$.deadlines[*]' COLUMNS (
        kind VARCHAR(32) PATH '$.kind', due VARCHAR(32) PATH '$.due', remind VARCHAR(32) PATH '$.remind',
        met VARCHAR(32) PATH '$.met', standing VARCHAR(32) PATH '$.standing')) d
    WHERE d.kind <> 'right'
        AND (COALESCE(d.standing, 'running') = 'running' OR (d.standing = 'expired' AND d.met IS NULL))), '~'));
CREATE INDEX sopflow_case_urgency ON sopflow_case (tenant, final, urgency, id);
