# Guards production: destructive statements are for the database team, writes without a predicate
# are held, and personal data is masked where it is read.
package countersign

protected if input.target.labels.env == "production"

dba if "dba" in input.principal.groups

deny contains reason if {
	protected
	input.sql.class == "destructive"
	not unbounded
	not dba
	reason := sprintf("%s on production is for the group dba", [concat(", ", input.sql.operations)])
}

unbounded if input.sql.unbounded_write

review contains {
	"reason": "a write without a predicate on production needs approval",
	"reviewers": data.settings.reviewers,
	"quorum": data.settings.quorum,
} if {
	protected
	unbounded
}

allow if {
	protected
	input.sql.class == "read"
}

mask contains {"entity": "EMAIL_ADDRESS", "style": "pseudonym"} if allow

limits := {"rows": 500} if allow

# Requests and tools of the same policy.
deny contains "deployments are frozen on Fridays" if {
	input.tool_call.tool == "deploy"
	input.clock.weekday == "friday"
}

deny contains "this partner is blocked" if {
	input.http.method == "POST"
	countersign.lookup("partners", input.http.host).blocked
}

deny contains "more than 3 tool calls in a minute" if {
	input.tool_call
	countersign.count(concat("", ["calls:", input.principal.name]), 1, 60) > 3
}

deny contains sprintf("%s would be written", [path]) if {
	some path in input.shell.paths_written
	startswith(path, "/etc/")
}
