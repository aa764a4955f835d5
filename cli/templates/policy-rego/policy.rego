# Holds changes of sensitive tables for review.
package countersign

review contains sprintf("it changes %s", [table]) if {
	some table in input.sql.tables_written
	table in data.settings.tables
}
