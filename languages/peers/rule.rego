package countersign

production if input.target.labels.env == "production"

dba if "dba" in input.principal.groups

review contains "a write without a predicate on production" if {
	production
	input.sql.unbounded_write
}

deny contains "destructive statements on production are for the group dba" if {
	production
	input.sql.class == "destructive"
	not input.sql.unbounded_write
	not dba
}
