// Generated from control-plane/openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/api/v1/actions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explains an action: who, where, what, each bound policy's part with its settings then, and what
         *     became of it. The short form of an id (`A-9F41C2`) is looked for among the newest records.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_action"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Alerts that nobody has noted: canaries that were taken back.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened, newest first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_audit_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bindings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Bindings, in the order of evaluation; always all of them.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_bindings"];
        put?: never;
        /**
         * Binds a policy version. Its settings are checked against the manifest's schema, then by the
         *     policy itself. Where approvals are required, this answers 202 with the change that waits.
         * @description For: admin, policy_author.
         */
        post: operations["create_binding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bindings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One binding.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_binding"];
        put?: never;
        post?: never;
        /**
         * Removes a binding. Where approvals are required, this answers 202 with the change that waits.
         * @description For: admin, policy_author.
         */
        delete: operations["delete_binding"];
        options?: never;
        head?: never;
        /**
         * Changes a binding: its settings, what it covers, its stage, its place, or the version of the same
         *     policy. Where approvals are required, this answers 202 with the change that waits.
         * @description For: admin, policy_author.
         */
        patch: operations["update_binding"];
        trace?: never;
    };
    "/api/v1/credentials/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes a credential; sessions that it opened end.
         * @description For: admin.
         */
        delete: operations["delete_credential"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Documents, by name; always all of them.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_documents"];
        put?: never;
        /**
         * Brings a document, or a new version of the one of this name, and puts it in force. With `pull` and
         *     no content it is fetched now, and again every so many seconds. Where approvals are required, this
         *     answers 202 with the change that waits; what is fetched later from an approved address needs none.
         * @description For: admin, policy_author.
         */
        post: operations["create_document"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One document with its newest versions.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_document"];
        put?: never;
        post?: never;
        /**
         * Removes a document. Where approvals are required, this answers 202 with the change that waits.
         * @description For: admin, policy_author.
         */
        delete: operations["delete_document"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{name}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The document's version in force: one JSON object.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_document_content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The newest bundle, signed now: fetching it again renews its expiry.
         * @description For enrolled edges.
         */
        get: operations["get_edge_bundle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/documents/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A data document by its digest: one JSON object.
         * @description For enrolled edges.
         */
        get: operations["get_edge_document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enrolls an edge with a join token, once.
         * @description Anyone may call it.
         */
        post: operations["enroll_edge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes consecutive journal records; answers after the commit. Records that are committed already
         *     are skipped. A batch that leaves a gap is refused with 409 `journal_gap`, one that continues
         *     another chain with 409 `journal_forked`; both say in `acked_seq` what is committed.
         * @description For enrolled edges.
         */
        post: operations["create_edge_events"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/follow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What an edge must know, as server-sent events: first the newest bundle's revision and where its
         *     open reviews and those that ended lately stand, then each change, and a ping every 5 seconds.
         * @description For enrolled edges.
         */
        get: operations["follow_edge"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/modules/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A module by its digest.
         * @description For enrolled edges.
         */
        get: operations["get_edge_module"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Holds an action for people. The same request again answers the review it made.
         * @description For enrolled edges.
         */
        post: operations["create_edge_review"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/reviews/{id}/use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Uses an approval, once, right before the action runs. To any other caller it is 409
         *     `not_approved`.
         * @description For enrolled edges.
         */
        post: operations["use_edge_review"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/reviews/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The client went away: nobody needs to decide any more.
         * @description For enrolled edges.
         */
        post: operations["withdraw_edge_review"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/rotate-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts a fresh key in the place of the one that signed this request. The one before is accepted for
         *     two minutes more; who uses it later is taken for a copy of the edge, which is then locked.
         *     Idempotent: asking again with the key that is in place already does nothing.
         * @description For enrolled edges.
         */
        post: operations["rotate_edge_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edge/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What the edge runs, every few seconds, and at once when a canary fails. A canary that breaks its
         *     guard is taken back before this answers.
         * @description For enrolled edges.
         */
        post: operations["create_edge_status"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Edges, in the order of their enrollment, revoked ones included.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_edges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edges/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One edge.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_edge"];
        put?: never;
        post?: never;
        /**
         * Revokes an edge: it is refused from now on.
         * @description For: admin.
         */
        delete: operations["delete_edge"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What an edge recorded, in order.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Grants and requests for them, newest first.
         * @description For: admin, policy_author, reviewer, auditor, member, principal.
         */
        get: operations["list_grants"];
        put?: never;
        /**
         * Asks for a grant. The policies in force judge the request as operation `access`, once a target:
         *     it is granted at once, refused, or waits for people. Where no policy takes a side a reviewer
         *     decides.
         * @description For: admin, policy_author, reviewer, auditor, member, principal.
         */
        post: operations["create_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/break-glass": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a grant without anybody's approval, for the admin's own person: with a reason, for an hour
         *     at most. Everybody who looks at the dashboard is alarmed, and all that is done under it is marked.
         * @description For: admin.
         */
        post: operations["break_glass"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the caller may ask for, and for whom.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        get: operations["get_grant_options"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One grant. Members and principals see no others than their own.
         * @description For: admin, policy_author, reviewer, auditor, member, principal.
         */
        get: operations["get_grant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approves a request. Its time begins with the last approval that is needed. Never open to who
         *     asked, to the human behind them, or to the author of a policy that judged it.
         * @description For: admin, reviewer.
         */
        post: operations["approve_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says that the grant's task is done, which ends it. For admins, and for who holds it or is behind
         *     who does.
         * @description For: admin, policy_author, reviewer, auditor, member, principal.
         */
        post: operations["complete_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{id}/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a credential for what the grant allows, for an hour or what is left of the grant. For its
         *     holder, and for the human on whose behalf it is held: no admin can have it.
         * @description For: admin, policy_author, reviewer, auditor, member, principal.
         */
        post: operations["create_grant_credential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{id}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Denies a request. One deny ends it.
         * @description For: admin, reviewer.
         */
        post: operations["deny_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes a grant; what runs under it ends within a second. For admins, and for who holds it or is
         *     behind who does. What was asked for to follow on it ends too.
         * @description For: admin, policy_author, reviewer, auditor, member, principal.
         */
        post: operations["revoke_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/grants/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a request back. For who asked, and who is behind the holder.
         * @description For: admin, policy_author, reviewer, auditor, member, principal.
         */
        post: operations["withdraw_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Join tokens, newest first.
         * @description For: admin.
         */
        get: operations["list_join_tokens"];
        put?: never;
        /**
         * Makes a token that enrolls one edge.
         * @description For: admin.
         */
        post: operations["create_join_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/join_tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes a join token that was not used.
         * @description For: admin.
         */
        delete: operations["delete_join_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What changed, as server-sent events, for screens that stay up to date. A message says which thing
         *     is out of date; `reset` says that everything may be. Members are told of grants alone.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        get: operations["get_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/locks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Locks, newest first: those in force, or all.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_locks"];
        put?: never;
        /**
         * Locks something: what is connected by it ends within a second, and nothing new begins.
         * @description For: admin.
         */
        post: operations["create_lock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/locks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Lifts a lock.
         * @description For: admin.
         */
        delete: operations["delete_lock"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/oauth/authorizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs a program on this machine in as the person; the browser takes the code to it.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        post: operations["create_authorization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/oauth/devices/{user_code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The program that shows this code and waits.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        get: operations["get_device"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/oauth/devices/{user_code}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs the program in as the person.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        post: operations["approve_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/oauth/devices/{user_code}/deny": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turns the program away.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        post: operations["deny_device"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document.
         * @description Anyone may call it.
         */
        get: operations["get_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Policies, by name.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_policies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One policy with its versions, its bindings and what the edges report of it.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_policy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/{id}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a policy did lately: decisions a minute by verdict, time, failures, and how far each edge
         *     is with its versions.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_policy_activity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/{id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts a policy's bindings back to how they last were otherwise, canaries left out; what has come
         *     since becomes a draft. A second rollback goes further back. Answers the change, or 202 where
         *     another admin has to approve it.
         * @description For: admin, policy_author.
         */
        post: operations["roll_back_policy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes of what is enforced, newest first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_policy_changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_changes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One change.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_policy_change"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_changes/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Notes an alert: it is no longer open.
         * @description For: admin, policy_author.
         */
        post: operations["acknowledge_policy_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_changes/{id}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approves or rejects a change that waits. Whoever asked for it cannot: 403 `own_change`. Where what
         *     it touches has changed since, approving answers 409 `stale_change`.
         * @description For: admin, policy_author.
         */
        post: operations["decide_policy_change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Policy sets, newest first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_policy_sets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_sets/{revision}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The policy set that was in force at a revision: the newest that is not newer.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_policy_set"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_sets/{revision}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts everything back to how it was in a policy set. Drafts that came since stay drafts. Answers
         *     the change, or 202 where another admin has to approve it.
         * @description For: admin, policy_author.
         */
        post: operations["restore_policy_set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How policies may be changed.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_policy_settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes how policies may be changed. Where approvals are required, so is one for this.
         * @description For: admin.
         */
        patch: operations["update_policy_settings"];
        trace?: never;
    };
    "/api/v1/policy_sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pushes a policy that is a text, in Rego or Cedar. A text that cannot be read is refused with
         *     `invalid_policy_source`, with the line and the column. The same text for the same runtime again
         *     answers 200 with the version it is.
         * @description For: admin, policy_author.
         */
        post: operations["create_policy_source"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_trials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Judges an operation without running it: by what is enforced now, or by the versions that the
         *     body names. Counters stand at what this one operation adds.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        post: operations["create_policy_trial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pushes a policy: a component that carries its manifest. It is read, compiled and tried with its
         *     own cases before it is kept. The same bytes again answer 200 with the version they are.
         * @description For: admin, policy_author.
         */
        post: operations["create_policy_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_versions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One version.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_policy_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_versions/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a version has otherwise than another one.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["diff_policy_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_versions/{id}/module": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The version's component; of a text, the component that runs it.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_policy_version_module"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy_versions/{id}/signatures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adds an author's signature to a version: Ed25519 over `countersign-policy-v1`, a line break and
         *     the version's digest in hex. One that does not fit the version is refused.
         * @description For: admin, policy_author.
         */
        post: operations["sign_policy_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/principals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Principals, by name.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_principals"];
        put?: never;
        /**
         * Adds a principal.
         * @description For: admin.
         */
        post: operations["create_principal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/principals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One principal.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_principal"];
        put?: never;
        post?: never;
        /**
         * Removes a principal; its credentials, its grants and open sessions end.
         * @description For: admin.
         */
        delete: operations["delete_principal"];
        options?: never;
        head?: never;
        /**
         * Changes a principal.
         * @description For: admin.
         */
        patch: operations["update_principal"];
        trace?: never;
    };
    "/api/v1/principals/{id}/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A principal's credentials, newest first: secrets, and the latest signed ones that it acts by or
         *     that act for it.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_credentials"];
        put?: never;
        /**
         * Makes a credential; its secret is shown here alone.
         * @description For: admin.
         */
        post: operations["create_credential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/principals/{id}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A principal's public keys, newest first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_principal_keys"];
        put?: never;
        /**
         * Adds a public key: RSA with at least 2048 bits, EC on P-256, or OKP on Ed25519. Without a `kid`
         *     it is named by its thumbprint (RFC 7638).
         * @description For: admin.
         */
        post: operations["create_principal_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/principals/{id}/keys/{kid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Removes a public key: what it signs is accepted no more. Credentials that it was exchanged for
         *     end by themselves.
         * @description For: admin.
         */
        delete: operations["delete_principal_key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Replays, newest first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_replays"];
        put?: never;
        /**
         * Begins to judge recorded decisions again, in the background: with the same versions and settings,
         *     or with a candidate. Host calls are answered from the record. Two may run at once.
         * @description For: admin, policy_author, reviewer.
         */
        post: operations["create_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One replay, with its differences once it has ended.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_replay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stops a replay; what it found so far is kept.
         * @description For: admin, policy_author, reviewer.
         */
        post: operations["cancel_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/review_statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the reviews go.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_review_statistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reviews, newest first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_reviews"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reviews/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One review, with exactly what will run.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_review"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reviews/{id}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approves or denies. Never open to the requester, nor to the one on whose behalf they act; the
         *     digest must be the one of what was shown.
         * @description For: admin, reviewer.
         */
        post: operations["create_review_decision"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        get: operations["get_session"];
        put?: never;
        /**
         * Signs a person in with a one-time link's token; sets the session cookie.
         * @description Anyone may call it.
         */
        post: operations["create_session"];
        /**
         * Signs the person out. An API token has no session to end; it is revoked instead.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        delete: operations["delete_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sessions, newest first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One session.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_recorded_session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened in a session, in order.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_session_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How one may sign in.
         * @description Anyone may call it.
         */
        get: operations["get_sign_in_options"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in/provider": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is configured, and whether the provider answers now.
         * @description For: admin.
         */
        get: operations["get_sign_in_provider"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in/provider/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins a sign-in that signs nobody in: open the address in this browser, and see afterwards what
         *     came back.
         * @description For: admin.
         */
        post: operations["test_sign_in_provider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-in/provider/tests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What came back.
         * @description For: admin.
         */
        get: operations["get_sign_in_test"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends the session and the tokens that `countersign login` got from it, or the one token that asks.
         *     The answer says where to end the session at the identity provider too, where there is one.
         * @description For: admin, policy_author, reviewer, auditor, member.
         */
        post: operations["sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Targets, by name.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_targets"];
        put?: never;
        /**
         * Adds a target.
         * @description For: admin.
         */
        post: operations["create_target"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/targets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One target.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_target"];
        put?: never;
        post?: never;
        /**
         * Removes a target; edges stop serving it. Grants and requests end that are for no other.
         * @description For: admin.
         */
        delete: operations["delete_target"];
        options?: never;
        head?: never;
        /**
         * Changes a target.
         * @description For: admin.
         */
        patch: operations["update_target"];
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes an API token.
         * @description For: admin.
         */
        delete: operations["delete_api_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tool-definitions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tools of the MCP servers that edges have seen, those that changed first.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["list_tool_definitions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tool-definitions/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pins what the server gives now in place of what was pinned. The digest says what was shown.
         * @description For: admin.
         */
        post: operations["accept_tool_definition"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trusted-issuers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Trusted issuers, by name.
         * @description For: admin.
         */
        get: operations["list_trusted_issuers"];
        put?: never;
        /**
         * Trusts an issuer.
         * @description For: admin.
         */
        post: operations["create_trusted_issuer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trusted-issuers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Trusts an issuer no more. Credentials that its tokens were exchanged for end by themselves.
         * @description For: admin.
         */
        delete: operations["delete_trusted_issuer"];
        options?: never;
        head?: never;
        /**
         * Changes what an issuer is trusted for.
         * @description For: admin.
         */
        patch: operations["update_trusted_issuer"];
        trace?: never;
    };
    "/api/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tokens since a time, by principal, target, model or grant, and what they cost where prices are known.
         * @description For: admin, policy_author, reviewer, auditor.
         */
        get: operations["get_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * People, by e-mail address.
         * @description For: admin.
         */
        get: operations["list_users"];
        put?: never;
        /**
         * Adds a person.
         * @description For: admin.
         */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One person.
         * @description For: admin.
         */
        get: operations["get_user"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes or disables a person. Disabling ends their sessions and tokens at once, and the credentials
         *     and grants by which they, or agents on their behalf, act on targets.
         * @description For: admin.
         */
        patch: operations["update_user"];
        trace?: never;
    };
    "/api/v1/users/{id}/sign_in_links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a link that signs the person in, once.
         * @description For: admin.
         */
        post: operations["create_sign_in_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A person's API tokens, newest first.
         * @description For: admin.
         */
        get: operations["list_api_tokens"];
        put?: never;
        /**
         * Makes an API token that acts as the person.
         * @description For: admin.
         */
        post: operations["create_api_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What to accept. */
        AcceptTool: {
            /** @description The digest of the definition that was shown. */
            digest: string;
        };
        /** @description A request for a grant as the policies see it; judged once for each target. */
        AccessOperation: {
            /**
             * Format: int64
             * @description How long it is asked for.
             */
            duration_seconds: number;
            extends?: components["schemas"]["GrantId"] | null;
            /** @description What is asked for; sorted. */
            operations: components["schemas"]["GrantOperation"][];
            /** @description The task, in the requester's words. */
            task: string;
        };
        /**
         * Format: uuid
         * @description One command as the policies see it.
         */
        ActionId: string;
        /** @description An action is about to run. */
        ActionIntent: {
            /** @description The action. */
            action_id: components["schemas"]["ActionId"];
            /** @description Why it may. */
            decision: components["schemas"]["DecisionRecord"];
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description What will run. */
            operation: components["schemas"]["RecordedOperation"];
            review_id?: components["schemas"]["ReviewId"] | null;
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
            /** @description How long it took so far. */
            timing?: components["schemas"]["Timing"];
        };
        /** @description An action that ran has ended. */
        ActionOutcome: {
            /** @description The action. */
            action_id: components["schemas"]["ActionId"];
            /**
             * Format: int64
             * @description Bytes of rows returned to the client.
             */
            bytes?: number;
            /** @description What the detectors saw and no policy asked to mask. */
            findings?: components["schemas"]["EntityCount"][];
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description What was masked, by column and entity. */
            masked?: components["schemas"]["MaskedCount"][];
            response?: components["schemas"]["RecordedResponse"] | null;
            /**
             * Format: int64
             * @description Rows returned to the client.
             */
            rows?: number;
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
            /** @description The server's SQLSTATE, when it failed. */
            sqlstate?: string | null;
            /** @description How it ended. */
            status: components["schemas"]["OutcomeStatus"];
            /** @description The server's command tags (`DELETE 3`). */
            tags?: string[];
            /** @description How long it took. */
            timing?: components["schemas"]["Timing"];
        };
        /** @description An action that will not run. */
        ActionRefused: {
            /** @description The action. */
            action_id: components["schemas"]["ActionId"];
            /**
             * @description `denied`, `unparseable`, `review_denied`, `review_expired`, `review_unavailable`,
             *     `journal_unavailable`, `bundle_expired`, `not_enforceable`, ….
             */
            code: string;
            decision?: components["schemas"]["DecisionRecord"] | null;
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description What was tried. */
            operation: components["schemas"]["RecordedOperation"];
            /** @description In words, as the client was told. */
            reason: string;
            review_id?: components["schemas"]["ReviewId"] | null;
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
            /** @description How long it took so far. */
            timing?: components["schemas"]["Timing"];
        };
        /** @description A minute's decisions by verdict. */
        ActivityMinute: components["schemas"]["VerdictCounts"] & {
            /** @description When it began. */
            at: components["schemas"]["Timestamp"];
        };
        /** @description A token for programs, without its secret. */
        ApiToken: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            expires_at?: components["schemas"]["Timestamp"] | null;
            /** @description Which. */
            id: components["schemas"]["ApiTokenId"];
            /** @description What it is for. */
            name: string;
            revoked_at?: components["schemas"]["Timestamp"] | null;
            /** @description Whose. */
            user_id: components["schemas"]["UserId"];
        };
        /**
         * Format: uuid
         * @description A person's token for the API.
         */
        ApiTokenId: string;
        /** @description Something that happened. */
        AuditEvent: {
            /** @description Who did it: a person's e-mail address or a principal's name; null where nobody is known. */
            actor?: string | null;
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description More of it. */
            detail: Record<string, unknown>;
            /** @description Which; later ones are greater. */
            id: components["schemas"]["AuditEventId"];
            /** @description What happened, such as `sign_in.refused` or `lock.set`. */
            kind: string;
            /** @description What it was done to. */
            subject?: string | null;
        };
        /**
         * Format: uuid
         * @description Something that happened at the control plane.
         */
        AuditEventId: string;
        /** @description An author's signature on a version. */
        AuthorSignature: {
            /** @description The author's Ed25519 public key, base64. */
            key: string;
            /**
             * @description Ed25519 signature (RFC 8032) over `countersign-policy-v1\n` and the version's digest in hex,
             *     base64.
             */
            signature: string;
        };
        /** @description Where to send the browser. */
        Authorization: {
            /** @description The program's address, with the code. */
            redirect_to: string;
        };
        BTreeMap: {
            [key: string]: string;
        };
        BTreeSet: ("admin" | "policy_author" | "reviewer" | "auditor" | "member")[];
        /**
         * Format: uuid
         * @description A policy version bound to targets and principals.
         */
        BindingId: string;
        /** @description A policy version with its settings and what it covers. */
        BindingView: {
            /**
             * Format: int32
             * @description Of a canary: the part of the sessions that obey it, 0 to 100.
             */
            canary_percent?: number | null;
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description The version's digest: SHA-256 in hex. */
            digest: string;
            guard?: components["schemas"]["CanaryGuard"] | null;
            /** @description Which. */
            id: components["schemas"]["BindingId"];
            /** @description The policy's name. */
            policy: string;
            /** @description The policy. */
            policy_id: components["schemas"]["PolicyId"];
            /** @description The version. */
            policy_version_id: components["schemas"]["PolicyVersionId"];
            /**
             * Format: int32
             * @description Bindings are evaluated by rising position.
             */
            position: number;
            replaces?: components["schemas"]["BindingId"] | null;
            rollout?: components["schemas"]["RolloutView"] | null;
            /** @description What it covers. */
            selector: components["schemas"]["Selector"];
            /** @description Settings, valid against the manifest's schema. */
            settings: Record<string, unknown>;
            /** @description How far it has come. */
            stage: components["schemas"]["Stage"];
            /** @description When it was last changed. */
            updated_at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description The version, as people count it.
             */
            version: number;
        };
        /** @description One binding as an edge runs it. */
        BoundPolicyStatus: {
            /** @description Which. */
            binding_id: components["schemas"]["BindingId"];
            canary?: components["schemas"]["CanaryCounts"] | null;
            /**
             * Format: int64
             * @description Decisions since the edge started.
             */
            decisions: number;
            /** @description The version's digest. */
            digest: string;
            /** @description Why the bundle's version could not be loaded, where it could not. */
            error?: string | null;
            /**
             * Format: int64
             * @description Traps, deadlines and limits since the edge started.
             */
            failures: number;
            /** @description The last failure in words, where there was one. */
            last_failure?: string | null;
            /**
             * Format: int32
             * @description Microseconds that half of the latest decisions took at most; 0 for none, or none that asked
             *     the policy.
             */
            p50_us?: number;
            /**
             * Format: int32
             * @description Microseconds that 99 of 100 of the latest decisions took at most.
             */
            p99_us?: number;
            /** @description The policy's name. */
            policy: string;
            /** @description Whether the bundle's version is the one that runs. */
            readiness?: components["schemas"]["PolicyReadiness"];
            /** @description Its stage in the bundle. */
            stage: components["schemas"]["Stage"];
            /** @description Its verdicts since the edge started. */
            verdicts?: components["schemas"]["VerdictCounts"];
            /**
             * Format: int32
             * @description The version that runs.
             */
            version: number;
            /**
             * Format: int32
             * @description The bundle's version, where another one still runs.
             */
            wanted_version?: number | null;
        };
        /** @description An admin's own grant, without anybody's approval. */
        BreakGlass: {
            /**
             * Format: int32
             * @description How long, in seconds; up to 3,600 (an hour).
             */
            duration_seconds: number;
            /** @description What for. */
            operations: components["schemas"]["GrantOperation"][];
            /** @description Why nobody can be asked, on one line. */
            reason: string;
            /** @description On what, by name; 1 to 20. */
            targets: string[];
            /** @description The task, on one line. */
            task: string;
        };
        /**
         * @description What a canary said where it was obeyed, beside what the binding it replaces said of the same
         *     actions.
         */
        CanaryCounts: {
            /** @description The replaced binding's verdicts on the same actions. */
            baseline: components["schemas"]["VerdictCounts"];
            /** @description The canary's verdicts where it was obeyed. */
            canary: components["schemas"]["VerdictCounts"];
        };
        /** @description When a canary is taken back by itself. */
        CanaryGuard: {
            /**
             * Format: int32
             * @description By how many percentage points it may refuse or hold more than what it replaces.
             * @default 20
             */
            max_denial_rise_percent?: number;
            /**
             * Format: int32
             * @description Failures in 100 decisions that it may have after them.
             * @default 1
             */
            max_failure_percent?: number;
            /**
             * Format: int64
             * @description Failures that it may have within its first 100 decisions.
             * @default 3
             */
            max_failures?: number;
            /**
             * Format: int64
             * @description Decisions before a rise in denials counts.
             * @default 50
             */
            min_decisions?: number;
        };
        /** @description An event with its place in the chain, as the control plane shows it. */
        ChainedEvent: components["schemas"]["Event"] & {
            /** @description The edge that recorded it. */
            edge_id: components["schemas"]["EdgeId"];
            /**
             * Format: int64
             * @description The journal's epoch.
             */
            epoch: number;
            /** @description SHA-256 over the previous record's hash and this record's exact JSON text, in hex. */
            hash: string;
        };
        /** @description Why, in the words of who asks. */
        ChangeComment: {
            /**
             * @description Why, up to 2,000 characters.
             * @default
             */
            comment?: string;
        };
        /**
         * @description What may be decided.
         * @enum {string}
         */
        ChangeDecision: "approve" | "reject";
        /**
         * Format: uuid
         * @description A change of what is enforced: proposed, approved, applied.
         */
        ChangeId: string;
        /** @description A counter to which is added what an action turned out to cost: [`Charge::amount`]. */
        Charge: {
            /** @description The counter's key, as the policy passes it to `count`. */
            counter: string;
            /**
             * Format: int32
             * @description The sliding window in seconds.
             */
            window_seconds: number;
        };
        /** @description A column named in a statement. */
        Column: {
            /** @description The column; `*` for a whole row. */
            name: string;
            /**
             * @description The table as the text names it, schema included where it does; empty where the text alone
             *     cannot tell which of several tables is meant.
             */
            table: string;
        };
        /**
         * @description How sliding windows count where several edges share a limit.
         * @enum {string}
         */
        CounterSplit: "none" | "even";
        /** @description A counter that a policy adds to or reads. */
        CounterUse: {
            /** @description What it counts. */
            description: string;
            /** @description What its keys begin with. */
            prefix: string;
        };
        /** @description A token for programs. */
        CreateApiToken: {
            /** @description What it is for. */
            name: string;
            /**
             * Format: int32
             * @description Seconds until it stops working, up to a year; 30 days where absent.
             */
            ttl_seconds?: number | null;
        };
        /** @description What a program asks for, as its address has it. */
        CreateAuthorization: {
            /** @description Which program: `countersign-cli` or `countersign-mcp`. */
            client_id: string;
            /** @description SHA-256 of its verifier (S256), base64url. */
            code_challenge: string;
            /** @description Where it listens on this machine. */
            redirect_uri: string;
            /** @description What an MCP client wants to use: the address of a target at an edge. */
            resource?: string | null;
            /** @description Programs send it; a program acts as its person, whatever it says. */
            scope?: string | null;
            /** @description What it wants to see again. */
            state: string;
        };
        /** @description A binding to make. */
        CreateBinding: {
            /**
             * Format: int32
             * @description Of a canary: the part of the sessions that obey it; 10 where absent.
             */
            canary_percent?: number | null;
            /** @description Why, up to 2,000 characters. */
            comment?: string;
            guard?: components["schemas"]["CanaryGuard"] | null;
            /** @description The version to bind. */
            policy_version_id: components["schemas"]["PolicyVersionId"];
            /**
             * Format: int32
             * @description Bindings are evaluated by rising position; last where absent.
             */
            position?: number | null;
            replaces?: components["schemas"]["BindingId"] | null;
            /** @description What it covers; everything where absent. */
            selector?: components["schemas"]["Selector"];
            /** @description Settings; an empty object where absent. */
            settings?: Record<string, unknown>;
            /** @description How far it goes. */
            stage: components["schemas"]["Stage"];
        };
        /** @description How long the credential lasts. */
        CreateCredential: {
            /**
             * Format: int32
             * @description Seconds, from 60 to 2,592,000 (30 days).
             */
            ttl_seconds: number;
        };
        /** @description A document to bring, or a new version of one. */
        CreateDocument: {
            /** @description Why, up to 2,000 characters. */
            comment?: string;
            /** @description A JSON object, or CSV as a text; fetched where absent. */
            content?: Record<string, unknown> | null;
            /** @description What the content is. */
            format: components["schemas"]["DocumentFormat"];
            /** @description Of CSV: the column whose values are the keys; the first where absent. */
            key_column?: string | null;
            /** @description The name that policies use. */
            name: string;
            pull?: components["schemas"]["DocumentPull"] | null;
        };
        /** @description A request for a grant. */
        CreateGrant: {
            /**
             * Format: int32
             * @description How long, in seconds from when it begins; up to 86,400 (a day).
             */
            duration_seconds: number;
            extends?: components["schemas"]["GrantId"] | null;
            /** @description What for. */
            operations: components["schemas"]["GrantOperation"][];
            /**
             * @description Who is to hold it, by name: an agent or a service that the caller owns. The caller where
             *     absent.
             */
            principal?: string | null;
            /** @description On what, by name; 1 to 20. */
            targets: string[];
            /** @description The task, on one line: reviewers read it, and every event under the grant names it. */
            task: string;
        };
        /** @description A credential to ask for. */
        CreateGrantCredential: {
            /**
             * @description Whether it opens one session only.
             * @default false
             */
            once?: boolean;
            /**
             * @description Who is to use it, by name: the holder, which it is where absent too.
             * @default null
             */
            principal?: string | null;
        };
        /** @description A token that enrolls one edge. */
        CreateJoinToken: {
            /** @description The edge's name, unless the edge brings its own. */
            name: string;
            /**
             * Format: int32
             * @description Seconds, from 60 to 604,800 (a week); an hour where absent.
             */
            ttl_seconds?: number | null;
        };
        /** @description A lock to set. */
        CreateLock: {
            expires_at?: components["schemas"]["Timestamp"] | null;
            /** @description Why, on one line of at most 200 characters; clients are told. */
            reason: string;
            /** @description What is locked. It has to exist. */
            subject: components["schemas"]["LockSubject"];
        };
        /** @description A policy that is a text, with what its manifest says. */
        CreatePolicySource: {
            /** @description Its own cases, judged before it is kept. */
            cases?: components["schemas"]["ManifestCase"][];
            /** @description What changed, up to 2,000 characters. */
            changelog?: string;
            /** @description One sentence for people. */
            description: string;
            /** @description Data documents it looks things up in. */
            documents?: components["schemas"]["DocumentUse"][];
            /** @description `rego` or `cedar`. */
            language: components["schemas"]["PolicyLanguage"];
            /** @description The policy's name: lower case, digits and hyphens. */
            name: string;
            /** @description Kinds of operation it handles. */
            operations: string[];
            /** @description JSON Schema of its settings; one without any where absent. */
            settings_schema?: Record<string, unknown>;
            /** @description Where its source is. */
            source_url?: string | null;
            /** @description The text. */
            text: string;
            /** @description The author's version, semver. */
            version: string;
        };
        /** @description A principal to add. */
        CreatePrincipal: {
            /** @description What the operator says of it, such as `env=staging`. */
            claims?: {
                [key: string]: string;
            };
            /** @description Groups that selectors and policies may name. */
            groups?: string[];
            /** @description Human, agent or service. */
            kind: components["schemas"]["PrincipalKind"];
            /** @description The name it signs in with: 1 to 63 of letters, digits, `.`, `_`, `-`, `@`; unique. */
            name: string;
            /** @description The human for whom it acts, as an e-mail address or a name. */
            on_behalf_of?: string | null;
            /** @description Who answers for it: a human's e-mail address, or `group:NAME`. */
            owner?: string | null;
            /** @description What it is for, up to 500 characters. */
            purpose?: string;
        };
        /** @description A public key to add. */
        CreatePrincipalKey: {
            /** @description The key (RFC 7517); a private key is refused. */
            jwk: unknown;
        };
        /** @description A decision to make. */
        CreateReviewDecision: {
            /** @description Why, for the record and the client; up to 2,000 characters. */
            comment?: string;
            /** @description Approve or deny. */
            decision: components["schemas"]["ReviewDecision"];
            /** @description The review's `digest`, so that one decides on what one saw. */
            digest: string;
        };
        /** @description How long the link lasts. */
        CreateSignInLink: {
            /**
             * Format: int32
             * @description Seconds, from 600 (10 minutes) to 86,400 (a day).
             * @default 3600
             */
            ttl_seconds?: number;
        };
        /** @description A target to add. */
        CreateTarget: {
            /** @description What it takes to get in; `standing` where absent. */
            access?: components["schemas"]["TargetAccess"];
            /** @description What happens when every bound policy abstains; `deny` where absent. */
            default_verdict?: components["schemas"]["DefaultVerdict"];
            /** @description What it is. */
            kind: components["schemas"]["TargetKind"];
            /** @description Labels that selectors and policies may name, such as `env=production`. */
            labels?: components["schemas"]["BTreeMap"];
            /** @description The name clients connect to: 1 to 63 of letters, digits, `.`, `_`, `-`; unique. */
            name: string;
        };
        /** @description An issuer to trust. */
        CreateTrustedIssuer: {
            /** @description What its tokens must name as `aud`. */
            audience: string;
            /** @description What its tokens name as `iss`, such as `https://kubernetes.default.svc`. */
            issuer: string;
            /** @description Where its keys are; found by `/.well-known/openid-configuration` where absent. */
            jwks_uri?: string | null;
            /** @description Its name: 1 to 63 of letters, digits, `.`, `_`, `-`, `@`; unique. */
            name: string;
            /** @description Which principal a token stands for. */
            rules?: components["schemas"]["IssuerRule"][];
        };
        /** @description A person to add. */
        CreateUser: {
            /** @description Their e-mail address. */
            email: string;
            /** @description Groups whose reviews they may decide. */
            groups?: string[];
            /** @description Their name, 1 to 100 characters. */
            name: string;
            review_scope?: components["schemas"]["BTreeMap"] | null;
            /** @description What they may do. */
            roles: components["schemas"]["BTreeSet"];
        };
        /** @description A credential, without its secret. */
        Credential: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description When it stops working. */
            expires_at: components["schemas"]["Timestamp"];
            grant_id?: components["schemas"]["GrantId"] | null;
            /** @description Which. */
            id: components["schemas"]["CredentialId"];
            /** @description A secret, or a text that proves itself. */
            kind: components["schemas"]["CredentialKind"];
            last_used_at?: components["schemas"]["Timestamp"] | null;
            on_behalf_of?: components["schemas"]["PrincipalId"] | null;
            /** @description Whether it opens one session and no more. */
            once: boolean;
            /** @description Whose. */
            principal_id: components["schemas"]["PrincipalId"];
            revoked_at?: components["schemas"]["Timestamp"] | null;
        };
        /**
         * Format: uuid
         * @description A principal's short-lived secret.
         */
        CredentialId: string;
        /**
         * @description What a credential is.
         * @enum {string}
         */
        CredentialKind: "opaque" | "signed";
        /**
         * @description What is enforced now.
         * @enum {string}
         */
        CurrentBindings: "current";
        /** @description Who is signed in, and what unsafe requests must carry. */
        CurrentSession: {
            /**
             * @description What the header `X-CSRF-Token` must carry on POST, PATCH and DELETE; null for callers with an
             *     API token, who need none.
             */
            csrf_token?: string | null;
            expires_at?: components["schemas"]["Timestamp"] | null;
            /** @description Who. */
            user: components["schemas"]["SignedInUser"];
        };
        /** @description What somebody decides about a change. */
        DecideChange: {
            /** @description Why, up to 2,000 characters. */
            comment?: string;
            /** @description What. */
            decision: components["schemas"]["ChangeDecision"];
        };
        /** @description A decision, in words. */
        DecideGrant: {
            /**
             * @description Why, for the record and the requester; up to 2,000 characters.
             * @default
             */
            comment?: string;
        };
        /** @description What happens to an action, and why. */
        Decision: {
            /**
             * Format: int64
             * @description The bundle that was enforced.
             */
            bundle_revision: number;
            /** @description Whether no policy took a side and the target's default decided. */
            by_default?: boolean;
            /** @description What happens. */
            effect: components["schemas"]["Effect"];
            /** @description Conditions for when it runs; under `review` they hold after approval. */
            obligations?: components["schemas"]["Obligations"];
            /** @description Every bound policy, shadow ones included. */
            policies: components["schemas"]["PolicyOutcome"][];
            /** @description The reasons that led to it, in the order of the policies. */
            reasons: string[];
            review?: components["schemas"]["ReviewSpec"] | null;
        };
        /**
         * @description A decision in full, or a reference to an earlier action of the same session with the same facts
         *     and the same decision, so that a thousand equal statements do not record it a thousand times.
         */
        DecisionRecord: {
            /** @description In full. */
            full: components["schemas"]["Decision"];
        } | {
            /** @description The decision and the facts of that action. */
            same_as: components["schemas"]["ActionId"];
        };
        /**
         * @description What happens when no bound policy takes a side.
         * @enum {string}
         */
        DefaultVerdict: "deny" | "allow";
        /** @description A program that waits for its person. */
        Device: {
            /** @description Which program. */
            client_id: string;
            /** @description When it stops waiting. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description When it asked. */
            requested_at: components["schemas"]["Timestamp"];
        };
        /** @description A data document with its versions. */
        Document: components["schemas"]["DocumentSummary"] & {
            /** @description Its newest versions, newest first. */
            versions: components["schemas"]["DocumentVersion"][];
        };
        /**
         * @description What a document was before it became an object.
         * @enum {string}
         */
        DocumentFormat: "json" | "csv";
        /**
         * Format: uuid
         * @description A named data document of the bundles.
         */
        DocumentId: string;
        /** @description Where a document is fetched from, and how often. */
        DocumentPull: {
            /**
             * Format: int32
             * @description Seconds between two fetches.
             */
            every_seconds: number;
            /** @description The address. */
            url: string;
        };
        /** @description A data document with the version in force. */
        DocumentSummary: {
            /** @description When this version came. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who brought this version, by name; `system` where it was fetched. */
            created_by_name: string;
            /** @description SHA-256 of its bytes, in hex. */
            digest: string;
            /** @description What it was before it became an object. */
            format: components["schemas"]["DocumentFormat"];
            /** @description Which. */
            id: components["schemas"]["DocumentId"];
            /** @description Of CSV: the column whose values are the keys. */
            key_column?: string | null;
            /**
             * Format: int64
             * @description How many keys it has.
             */
            keys: number;
            /** @description The name that policies use. */
            name: string;
            pull?: components["schemas"]["PullView"] | null;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            /**
             * Format: int32
             * @description The version in force.
             */
            version: number;
        };
        /** @description A data document that a policy looks things up in. */
        DocumentUse: {
            /** @description What it has to hold. */
            description: string;
            /** @description The document's name. */
            name: string;
        };
        /** @description An immutable version of a document. */
        DocumentVersion: {
            /** @description When it came. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who brought it, by name; `system` where it was fetched. */
            created_by_name: string;
            /** @description SHA-256 of its bytes, in hex. */
            digest: string;
            /**
             * Format: int64
             * @description How many keys it has.
             */
            keys: number;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            /**
             * Format: int32
             * @description As people count it.
             */
            version: number;
        };
        /** @description An enrolled edge. */
        Edge: {
            /**
             * Format: int64
             * @description The last journal record that was committed here.
             */
            acked_seq: number;
            /**
             * Format: int64
             * @description Its clock against the control plane's, in milliseconds, transport included; positive when it
             *     is ahead.
             */
            clock_skew_ms?: number | null;
            /** @description When it enrolled. */
            enrolled_at: components["schemas"]["Timestamp"];
            /** @description Which. */
            id: components["schemas"]["EdgeId"];
            last_seen_at?: components["schemas"]["Timestamp"] | null;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description The newest bundle's revision, to compare with `status.bundle_revision`.
             */
            newest_revision: number;
            /** @description Whether it follows the control plane right now. */
            online: boolean;
            /** @description Its Ed25519 public key, base64. */
            public_key: string;
            revoked_at?: components["schemas"]["Timestamp"] | null;
            status?: components["schemas"]["EdgeStatus"] | null;
        };
        /**
         * Format: uuid
         * @description An enrolled edge.
         */
        EdgeId: string;
        /** @description Which start of its data folder an edge is. */
        EdgeInstance: {
            /**
             * Format: int64
             * @description Counts the starts of the folder: a copy of it, or an older one, comes to a number that was
             *     used before.
             */
            generation: number;
            /** @description Made anew with each start. */
            id: string;
        };
        /** @description How far an edge is with a binding. */
        EdgeReadiness: {
            /** @description The binding. */
            binding_id: components["schemas"]["BindingId"];
            /**
             * Format: int64
             * @description Decisions since the edge started.
             */
            decisions: number;
            /** @description Its name. */
            edge: string;
            /** @description The edge. */
            edge_id: components["schemas"]["EdgeId"];
            /** @description Why the bound version does not run. */
            error?: string | null;
            /** @description Whether the bound version is the one that runs. */
            readiness: components["schemas"]["PolicyReadiness"];
            /** @description When the edge said so. */
            reported_at: components["schemas"]["Timestamp"];
            /** @description Its stage. */
            stage: components["schemas"]["Stage"];
            /**
             * Format: int32
             * @description The version that runs.
             */
            version: number;
            /**
             * Format: int32
             * @description The bound version, where another one still runs.
             */
            wanted_version?: number | null;
        };
        /** @description `POST /api/v1/edge/status`, every few seconds. */
        EdgeStatus: {
            /** @description The edge's clock when it sent this. */
            at: components["schemas"]["Timestamp"];
            /** @description Why the newest bundle it was offered is not the one it enforces, while that is so. */
            bundle_error?: string | null;
            /**
             * Format: int64
             * @description The bundle it enforces; 0 for none.
             */
            bundle_revision: number;
            instance?: components["schemas"]["EdgeInstance"] | null;
            /** @description Why the journal cannot write, while it cannot. */
            journal_error?: string | null;
            /** @description Addresses it listens on. */
            listeners: string[];
            /** @description What it runs. */
            policies: components["schemas"]["BoundPolicyStatus"][];
            /**
             * Format: int64
             * @description Resident memory in bytes.
             */
            resident_bytes: number;
            /**
             * Format: int64
             * @description Open sessions.
             */
            sessions: number;
            /**
             * Format: int64
             * @description Their bytes.
             */
            spool_bytes: number;
            /**
             * Format: int64
             * @description Journal records that are not acknowledged yet.
             */
            spool_records: number;
            /** @description When the process started. */
            started_at: components["schemas"]["Timestamp"];
            /** @description Targets for which it has an upstream, by name. */
            targets: string[];
            /** @description The edge's software version. */
            version: string;
        };
        /**
         * @description What happens to an action, from mild to strict.
         * @enum {string}
         */
        Effect: "allow" | "mask" | "review" | "deny";
        /** @description `POST /api/v1/edge/enroll`: a new edge shows its join token and its public key. */
        EnrollRequest: {
            /** @description The single-use token. It also carries the control plane's key, which the edge pins. */
            join_token: string;
            /** @description A name for people; the join token's where absent. */
            name?: string | null;
            /** @description The edge's Ed25519 public key, base64. */
            public_key: string;
            /** @description The edge's software version. */
            version: string;
        };
        /** @description The answer to `enroll`. */
        EnrollResponse: {
            /**
             * @description The control plane's Ed25519 public key, base64; must be the pinned one, or what it handed
             *     over to.
             */
            control_plane_key: string;
            /** @description The edge's id, the subject of its tokens. */
            edge_id: components["schemas"]["EdgeId"];
            /** @description How that key came to be the one, oldest first: the pinned one may be an earlier one. */
            handovers?: components["schemas"]["KeyHandover"][];
            /** @description Its name. */
            name: string;
        };
        /** @description How many of an entity. */
        EntityCount: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
            /** @description The entity's name. */
            entity: string;
        };
        /** @description One journal record: what is hashed, stored and shipped. */
        Event: components["schemas"]["EventBody"] & {
            /** @description The edge's clock. */
            at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Rises by one with every record of an epoch, from 1.
             */
            seq: number;
        };
        /** @description The answer to `events`: everything up to and including `acked_seq` is committed. */
        EventAck: {
            /**
             * Format: int64
             * @description The last committed sequence number; the edge goes on with the next one.
             */
            acked_seq: number;
            /**
             * Format: int64
             * @description The epoch.
             */
            epoch: number;
        };
        /** @description `POST /api/v1/edge/events`: consecutive journal records, oldest first. */
        EventBatch: {
            /**
             * Format: int64
             * @description The journal's epoch: a new one begins only when a journal is started afresh.
             */
            epoch: number;
            /**
             * Format: int64
             * @description Sequence number of the first record.
             */
            first_seq: number;
            /** @description Chain hash before the first record, in hex; 64 zeros before the very first. */
            prev_hash: string;
            /** @description The records, each the exact JSON text that was hashed (an `Event`). */
            records: string[];
        };
        /** @description What happened. */
        EventBody: {
            /** @enum {string} */
            type: "edge_started";
            /** @description Its software version. */
            version: string;
        } | {
            /**
             * Format: int64
             * @description Its revision.
             */
            revision: number;
            /** @enum {string} */
            type: "bundle_activated";
        } | (components["schemas"]["SessionOpened"] & {
            /** @enum {string} */
            type: "session_opened";
        }) | {
            /** @description The client's address. */
            client: string;
            /** @description A stable code: `unknown_principal`, `bad_credential`, `unknown_target`, …. */
            code: string;
            /** @description The name it gave, where it did. */
            principal?: string | null;
            /** @enum {string} */
            type: "sign_in_refused";
        } | (components["schemas"]["SessionChanged"] & {
            /** @enum {string} */
            type: "session_changed";
        }) | (components["schemas"]["SessionClosed"] & {
            /** @enum {string} */
            type: "session_closed";
        }) | (components["schemas"]["ActionIntent"] & {
            /** @enum {string} */
            type: "action_intent";
        }) | (components["schemas"]["ActionOutcome"] & {
            /** @enum {string} */
            type: "action_outcome";
        }) | (components["schemas"]["ActionRefused"] & {
            /** @enum {string} */
            type: "action_refused";
        }) | (components["schemas"]["ReviewStep"] & {
            /** @enum {string} */
            type: "review";
        }) | {
            /** @description The client's address. */
            client: string;
            /** @description What was wrong, without the client's bytes. */
            detail: string;
            session_id?: components["schemas"]["SessionId"] | null;
            /** @enum {string} */
            type: "protocol_violation";
        } | (components["schemas"]["ToolDefinitionChanged"] & {
            /** @enum {string} */
            type: "tool_definition_changed";
        });
        /** @description An action: who, where, what, what was decided, by whom and why, and what became of it. */
        ExplainedAction: {
            /** @description Which. */
            action_id: components["schemas"]["ActionId"];
            /** @description When it was recorded first. */
            at: components["schemas"]["Timestamp"];
            decision?: components["schemas"]["Decision"] | null;
            /** @description The edge that judged it. */
            edge: components["schemas"]["ExplainedEdge"];
            /** @description Its records, in order, the review's steps among them. */
            events: components["schemas"]["ChainedEvent"][];
            facts?: components["schemas"]["SqlFacts"] | null;
            operation?: components["schemas"]["ExplainedOperation"] | null;
            outcome?: components["schemas"]["ActionOutcome"] | null;
            /** @description Each bound policy's part, in the order of evaluation. */
            policies: components["schemas"]["ExplainedPolicy"][];
            /** @description Who, as of then. */
            principal: components["schemas"]["Principal"];
            refused?: components["schemas"]["ExplainedRefusal"] | null;
            review_id?: components["schemas"]["ReviewId"] | null;
            same_as?: components["schemas"]["ActionId"] | null;
            /** @description Its session. */
            session_id: components["schemas"]["SessionId"];
            /** @description On what, as of then. */
            target: components["schemas"]["Target"];
            /** @description Microseconds by step, over all of its records. */
            timing: components["schemas"]["Timing"];
        };
        /** @description An edge by name. */
        ExplainedEdge: {
            /** @description Which. */
            id: components["schemas"]["EdgeId"];
            /** @description Its name. */
            name: string;
        };
        /** @description What exactly was tried. */
        ExplainedOperation: {
            /** @description The bound values. */
            parameters: components["schemas"]["Parameter"][];
            /**
             * @description Of SQL `simple`, `parse`, `execute`, `copy`; else `http`, `llm_request`, `llm_tool_call`,
             *     `mcp`, `mcp_tool_call`, `ask`.
             */
            phase: string;
            request?: components["schemas"]["RawOperation"] | null;
            /** @description The SQL text as the client sent it; of anything else a line for people. */
            text: string;
        };
        /** @description One bound policy's part. */
        ExplainedPolicy: {
            /** @description The binding. */
            binding: components["schemas"]["BindingId"];
            /** @description The version's digest. */
            digest: string;
            /** @description What it asked the host, its log lines included. */
            host_calls: components["schemas"]["HostCall"][];
            /**
             * Format: int32
             * @description Microseconds; 0 when its verdict was known from equal facts.
             */
            micros: number;
            /** @description The policy's name. */
            policy: string;
            /** @description Why, where it gave a reason. */
            reason?: string | null;
            /** @description Its settings then; null where no policy set of that time is kept. */
            settings?: Record<string, unknown> | null;
            /** @description Whether it was obeyed: `canary` and `enforced` are. */
            stage: components["schemas"]["Stage"];
            /** @description What it said, or why it could not. */
            verdict: components["schemas"]["PolicyVerdict"];
            /**
             * Format: int32
             * @description The version, as people count it.
             */
            version: number;
        };
        /** @description Why an action did not run. */
        ExplainedRefusal: {
            /** @description Stable, for programs: `denied`, `review_denied`, …. */
            code: string;
            /** @description As the client was told. */
            reason: string;
        };
        /**
         * @description Why a policy could not say anything: always a deny, with a code of its own.
         * @enum {string}
         */
        Failure: "trap" | "deadline" | "memory" | "size" | "error" | "invalid_verdict" | "not_loaded";
        /** @description One thing that is wrong with the body. */
        FieldError: {
            /**
             * Format: int32
             * @description In a text: the column, counted from 1.
             */
            column?: number | null;
            /** @description What is wrong with it. */
            detail: string;
            /**
             * Format: int32
             * @description In a text: the line, counted from 1.
             */
            line?: number | null;
            /** @description JSON pointer to the value. */
            pointer: string;
        };
        /** @description One message of `GET /api/v1/edge/follow` (SSE `data:`; the SSE event's name is the tag). */
        FollowEvent: {
            /**
             * Format: int64
             * @description The revision.
             */
            revision: number;
            /** @enum {string} */
            type: "bundle";
        } | {
            /** @description Their comment. */
            comment?: string | null;
            /** @description Who decided last, for the journal and the client. */
            decided_by?: string | null;
            /** @description Which. */
            review_id: components["schemas"]["ReviewId"];
            /** @description Its state now. */
            state: components["schemas"]["ReviewState"];
            /** @enum {string} */
            type: "review";
        } | {
            /** @description The control plane's clock. */
            at: components["schemas"]["Timestamp"];
            /** @enum {string} */
            type: "ping";
        };
        /** @description A credential that is bound to a grant. */
        GrantCredential: {
            /** @description The credential: a PostgreSQL password, a bearer token; shown here alone. */
            credential: string;
            /** @description When it stops working: never later than the grant. */
            expires_at: components["schemas"]["Timestamp"];
        };
        /** @description What the policies said of a request: the strictest of all its targets. */
        GrantDecision: {
            /**
             * Format: int64
             * @description The bundle whose policies were asked.
             */
            bundle_revision: number;
            /** @description Whether no policy took a side, so that a reviewer has to. */
            by_default: boolean;
            /** @description Every policy's part, target by target. Left out for members. */
            policies: components["schemas"]["PolicyOutcome"][];
            /**
             * Format: int32
             * @description Distinct people who must approve; 0 where nobody must.
             */
            quorum: number;
            /** @description Why. */
            reasons: string[];
            /** @description Groups whose members may decide; empty for every reviewer. */
            reviewers: string[];
            /** @description What happens. */
            verdict: components["schemas"]["Effect"];
        };
        /**
         * Format: uuid
         * @description Time-boxed permission for a stated task.
         */
        GrantId: string;
        /**
         * @description What a grant lets its holder do. Each names effects of the same kind, whatever the protocol.
         * @enum {string}
         */
        GrantOperation: "read" | "write" | "admin" | "destructive" | "exec";
        /** @description What the caller may ask for, and for whom. */
        GrantOptions: {
            /**
             * Format: int32
             * @description The longest time that a grant may have.
             */
            max_duration_seconds: number;
            /** @description The caller, and the agents and services that they own. */
            principals: components["schemas"]["GrantPrincipalOption"][];
            /** @description Targets. */
            targets: components["schemas"]["GrantTargetOption"][];
        };
        /** @description Who holds a grant. */
        GrantPrincipal: {
            /** @description Who. */
            id: components["schemas"]["PrincipalId"];
            /** @description Human, agent or service. */
            kind: components["schemas"]["PrincipalKind"];
            /** @description Their name. */
            name: string;
            /** @description Who answers for an agent or a service. */
            owner?: string | null;
        };
        /** @description Somebody for whom the caller may ask. */
        GrantPrincipalOption: {
            id?: components["schemas"]["PrincipalId"] | null;
            /** @description Human, agent or service. */
            kind: components["schemas"]["PrincipalKind"];
            /** @description Their name. */
            name: string;
        };
        /** @description A grant as events and policies name it. */
        GrantRef: {
            /** @description Whether an admin took it without anybody's approval. */
            break_glass?: boolean;
            /** @description Which. */
            id: components["schemas"]["GrantId"];
            /** @description The task. */
            task: string;
        };
        /**
         * @description Where a grant stands; it begins as a request.
         * @enum {string}
         */
        GrantState: "requested" | "active" | "denied" | "withdrawn" | "revoked" | "completed" | "expired";
        /** @description A target that may be asked for. */
        GrantTargetOption: {
            /** @description What it takes to get in. */
            access: components["schemas"]["TargetAccess"];
            /** @description Which. */
            id: components["schemas"]["TargetId"];
            /** @description What it is. */
            kind: components["schemas"]["TargetKind"];
            /** @description Its labels. */
            labels: components["schemas"]["BTreeMap"];
            /** @description Its name. */
            name: string;
        };
        /** @description A target of a grant, as it was when it was asked for. */
        GrantTargetView: {
            /** @description Which. */
            id: components["schemas"]["TargetId"];
            /** @description Its labels. */
            labels: components["schemas"]["BTreeMap"];
            /** @description Its name. */
            name: string;
        };
        /** @description Time-boxed permission for a stated task, from the request on. */
        GrantView: {
            /**
             * Format: int32
             * @description How many people approved.
             */
            approvals: number;
            /** @description Whether an admin took it without anybody's approval. */
            break_glass: boolean;
            decide_until?: components["schemas"]["Timestamp"] | null;
            decided_at?: components["schemas"]["Timestamp"] | null;
            decision?: components["schemas"]["GrantDecision"] | null;
            /**
             * Format: int64
             * @description How long it is for, from when it begins.
             */
            duration_seconds: number;
            /** @description Why it ended, in words. */
            end_reason?: string | null;
            ended_at?: components["schemas"]["Timestamp"] | null;
            /** @description Who ended it; null where its time was over. */
            ended_by?: string | null;
            expires_at?: components["schemas"]["Timestamp"] | null;
            extends?: components["schemas"]["GrantId"] | null;
            /** @description Which. */
            id: components["schemas"]["GrantId"];
            /** @description Whether the caller may decide it now. */
            may_decide: boolean;
            may_not_decide?: components["schemas"]["MayNotDecideGrant"] | null;
            /** @description Whether the caller asked for it, holds it or is behind who does. */
            mine: boolean;
            /** @description The human for whom they may act under it. */
            on_behalf_of?: string | null;
            /** @description What for. */
            operations: components["schemas"]["GrantOperation"][];
            /** @description Who holds it. */
            principal: components["schemas"]["GrantPrincipal"];
            /** @description Why, where it is such a one; else empty. */
            reason: string;
            /** @description When it was asked for. */
            requested_at: components["schemas"]["Timestamp"];
            /** @description Who asked: an e-mail address, or the principal's own name. */
            requested_by: string;
            /** @description Where it stands. */
            state: components["schemas"]["GrantState"];
            /** @description On what. */
            targets: components["schemas"]["GrantTargetView"][];
            /** @description The task. */
            task: string;
            /** @description What people decided, oldest first. */
            votes: components["schemas"]["GrantVoteView"][];
        };
        /** @description What one person decided. */
        GrantVoteView: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description Why, in their words. */
            comment: string;
            /** @description What. */
            decision: components["schemas"]["ReviewDecision"];
            /** @description Who. */
            email: string;
        };
        /** @description A question a policy put to the host, with the answer, so that the decision can be replayed. */
        HostCall: {
            /** @description A sliding-window counter. */
            count: {
                /**
                 * Format: int64
                 * @description What was added.
                 */
                amount: number;
                /** @description Which one. */
                key: string;
                /**
                 * Format: int64
                 * @description The sum after it.
                 */
                sum: number;
                /**
                 * Format: int32
                 * @description The window in seconds.
                 */
                window_seconds: number;
            };
        } | {
            /** @description A look into a data document. */
            lookup: {
                /** @description Its digest; empty where the bundle has none of that name. */
                digest: string;
                /** @description Which one. */
                document: string;
                /** @description What was looked for. */
                key: string;
                /** @description What was found, as JSON text. */
                value?: string | null;
            };
        } | {
            /** @description What time it was. */
            clock: {
                /** @description The answer. */
                at: components["schemas"]["Timestamp"];
            };
        } | {
            /** @description A log line. */
            log: {
                /** @description `debug`, `info` or `warn`. */
                level: string;
                /** @description The line, bounded in length. */
                message: string;
            };
        };
        /** @description An HTTP request as the policies see it. */
        HttpOperation: {
            /** @description The body, where it is text. */
            body?: string | null;
            /** @description Headers, names in lower case, in order; credentials are left out. */
            headers?: string[][];
            /** @description The host as the client names it, without the port. */
            host?: string;
            /** @description The method, in upper case. */
            method: string;
            /** @description The path, percent-decoded once and without dot segments. */
            path: string;
            /** @description Query parameters, decoded, in order. */
            query?: string[][];
            /** @description The route template that matched, where the target has an OpenAPI document. */
            route?: string | null;
        };
        /** @description Imports that came and went. */
        ImportDiff: {
            /** @description New ones. */
            added: string[];
            /** @description Gone ones. */
            removed: string[];
        };
        /** @description A new token with its secret. */
        IssuedApiToken: {
            /** @description When it stops working. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description Which. */
            id: components["schemas"]["ApiTokenId"];
            /** @description `cst_…`; shown here alone. */
            token: string;
        };
        /** @description A new credential with its secret. */
        IssuedCredential: {
            /** @description When it stops working. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description Which. */
            id: components["schemas"]["CredentialId"];
            /** @description `csp_…`, the password; shown here alone. */
            secret: string;
        };
        /** @description A new join token with its secret. */
        IssuedJoinToken: {
            /** @description When it stops working. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description Which. */
            id: components["schemas"]["JoinTokenId"];
            /** @description `csj_…`; carries the control plane's public key too. Shown here alone. */
            token: string;
        };
        /** @description Which principal a token stands for: the first rule all of whose claims fit names it. */
        IssuerRule: {
            /**
             * @description What the token must claim: by the claim's name (or, beginning with `/`, its JSON pointer), a
             *     value or a pattern in which `*` stands for any characters. At least one.
             */
            claims: {
                [key: string]: string;
            };
            /** @description The principal's name: an agent's or a service's. */
            principal: string;
        };
        /**
         * Format: uuid
         * @description A single-use token that enrolls an edge.
         */
        JoinTokenId: string;
        /** @description A join token, without its secret. */
        JoinTokenView: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            edge_id?: components["schemas"]["EdgeId"] | null;
            /** @description When it stops working. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description Which. */
            id: components["schemas"]["JoinTokenId"];
            /** @description The edge's name. */
            name: string;
            revoked_at?: components["schemas"]["Timestamp"] | null;
            used_at?: components["schemas"]["Timestamp"] | null;
        };
        /** @description One key of the control plane hands over to the next, which signs from then on. */
        KeyHandover: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description The Ed25519 public key that signed until then, base64. */
            from: string;
            /** @description Until when what the former key signs is still believed. */
            overlap_until: components["schemas"]["Timestamp"];
            /**
             * @description The former key's signature (RFC 8032) over `countersign-handover-v1\n` and the four above, a
             *     line each; base64.
             */
            signature: string;
            /** @description The one that signs since, base64. */
            to: string;
        };
        /** @description Bounds on the response. */
        Limits: {
            /**
             * Format: int64
             * @description Bytes of row data likewise.
             */
            bytes?: number | null;
            /**
             * Format: int64
             * @description Rows that may be returned before the stream is stopped with an error.
             */
            rows?: number | null;
            /**
             * Format: int32
             * @description Seconds the action may take, after which it is cancelled.
             */
            seconds?: number | null;
        };
        /** @description Something changed: what a screen shows of it is out of date. */
        LiveMessage: {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "review";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "session";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "edge";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "policy";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "binding";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "target";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "principal";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "lock";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "grant";
        } | {
            /**
             * Format: uuid
             * @description The grant.
             */
            id: string;
            /** @enum {string} */
            type: "break_glass";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "replay";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "user";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "policy_change";
        } | {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @enum {string} */
            type: "document";
        } | {
            /**
             * Format: uuid
             * @description The change.
             */
            id: string;
            /** @enum {string} */
            type: "alert";
        } | {
            /** @enum {string} */
            type: "reset";
        };
        /** @description A message of a conversation with a model, as the policies see it. */
        LlmMessage: {
            /** @description `system`, `developer`, `user`, `assistant`, `tool`. */
            role: string;
            /** @description Its text; parts are joined by line breaks, and what is not text is left out. */
            text?: string;
        };
        /** @description A request to a model as the policies see it. */
        LlmOperation: {
            /** @description `chat`, `responses`, `embeddings`, `models`, `messages`, `count_tokens`, or `other`. */
            api: string;
            /** @description The whole body, as it is sent on. */
            body?: string | null;
            /**
             * Format: int64
             * @description How many tokens the answer may have.
             */
            max_output_tokens?: number | null;
            /** @description What is sent to the model, in order. */
            messages?: components["schemas"]["LlmMessage"][];
            /** @description The model that is asked for. */
            model?: string | null;
            /** @description The wire format: `openai` or `anthropic`. */
            provider: string;
            /** @description Whether the answer is to come as a stream. */
            stream?: boolean;
            /** @description Names of the tools that the model may call. */
            tools?: string[];
        };
        /**
         * Format: uuid
         * @description A lock on who acts, or on what.
         */
        LockId: string;
        /** @description What is locked. */
        LockSubject: {
            /** @description Which. */
            id: components["schemas"]["PrincipalId"];
            /** @enum {string} */
            kind: "principal";
        } | {
            /** @enum {string} */
            kind: "human";
            /** @description The human's name: their e-mail address. */
            name: string;
        } | {
            /** @description Which. */
            id: components["schemas"]["SessionId"];
            /** @enum {string} */
            kind: "session";
        } | {
            /** @description Which. */
            id: components["schemas"]["TargetId"];
            /** @enum {string} */
            kind: "target";
        } | {
            /** @description Which. */
            id: components["schemas"]["EdgeId"];
            /** @enum {string} */
            kind: "edge";
        };
        /** @description A lock: live connections that it stops have ended, and there are no new ones. */
        LockView: {
            /** @description When it was set. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who set it, by e-mail address; `system` where the control plane did by itself. */
            created_by: string;
            expires_at?: components["schemas"]["Timestamp"] | null;
            /** @description Which. */
            id: components["schemas"]["LockId"];
            lifted_at?: components["schemas"]["Timestamp"] | null;
            /** @description Who lifted it; null while it is in force, and where it expired. */
            lifted_by?: string | null;
            /** @description What people called it when it was locked. */
            name: string;
            /** @description Why, as clients are told. */
            reason: string;
            /** @description What is locked. */
            subject: components["schemas"]["LockSubject"];
        };
        /** @description A case from the policy's own package: judged before a version goes live. */
        ManifestCase: components["schemas"]["RawOperation"] & {
            at?: components["schemas"]["Timestamp"] | null;
            /** @description Claims of the principal. */
            claims?: {
                [key: string]: string;
            };
            /** @description Data documents by name: objects whose keys are looked up. */
            documents?: Record<string, unknown>;
            /** @description The task of the grant that it is tried under; none where absent. */
            grant?: string | null;
            /** @description Groups of the principal. */
            groups?: string[];
            kind?: components["schemas"]["PrincipalKind"] | null;
            /** @description Labels of the target. */
            labels?: components["schemas"]["BTreeMap"];
            /** @description What it shows. */
            name: string;
            /** @description The human for whom it acts. */
            on_behalf_of?: string | null;
            /** @description Who answers for it. */
            owner?: string | null;
            /** @description The principal's name; `agent` where absent. */
            principal?: string | null;
            /** @description Words that the reason has to hold, in any case of letters. */
            reason?: string | null;
            /** @description Settings; the schema's defaults where absent. */
            settings?: Record<string, unknown>;
            /** @description `abstain`, `oblige`, `allow`, `mask` (allowed, with masks), `review` or `deny`. */
            verdict: string;
        };
        /** @description A mask: what, and how. */
        Mask: {
            /** @description What it covers. */
            selector: components["schemas"]["MaskSelector"];
            /** @description How the value looks instead. */
            style: components["schemas"]["MaskStyle"];
        };
        /** @description What a mask covers. */
        MaskSelector: {
            /** @description Anything that the detectors see as this entity, such as `EMAIL_ADDRESS`. */
            entity: string;
        } | {
            /** @description A column by its origin, through aliases, views and expressions. */
            column: {
                /** @description The column. */
                name: string;
                /** @description The table, with or without its schema; `*` for any. */
                table: string;
            };
        };
        /**
         * @description How a masked value looks. Ordered from mild to strict: when two policies mask the same value, the
         *     stricter style wins.
         */
        MaskStyle: {
            /**
             * Format: int32
             * @description Keeps the last n characters: `************1111`.
             */
            partial: number;
        } | "pseudonym" | "redact" | "null";
        /** @description What was masked. */
        MaskedCount: {
            /** @description The result column's label; empty outside rows. */
            column: string;
            /**
             * Format: int64
             * @description Values masked.
             */
            count: number;
            /** @description The entity, or `COLUMN` for a mask by origin. */
            entity: string;
        };
        /**
         * @description Why the caller may not decide.
         * @enum {string}
         */
        MayNotDecide: "not_pending" | "role" | "requester" | "group" | "scope" | "already_decided";
        /**
         * @description Why the caller may not decide a request.
         * @enum {string}
         */
        MayNotDecideGrant: "not_pending" | "role" | "requester" | "author" | "scope" | "group" | "already_decided";
        /** @description A request to an MCP server other than a tool call, as the policies see it. */
        McpOperation: {
            /** @description The method, such as `resources/read`. */
            method: string;
            /** @description What it is about: the resource's URI, the prompt's name. */
            name?: string | null;
            /** @description Its parameters. */
            params?: Record<string, unknown>;
            /** @description The server, by the operator's name for it. */
            server?: string;
        };
        /** @description A moment, or how many seconds ago it was. */
        Moment: number | components["schemas"]["Timestamp"];
        /** @description Recorded decisions to judge again. */
        NewReplay: {
            candidate?: components["schemas"]["ReplayCandidate"] | null;
            /**
             * Format: int64
             * @description At most so many decisions, the oldest of each journal first.
             */
            limit?: number | null;
            /** @description Only sessions of the principal with this name. */
            principal?: string | null;
            since?: components["schemas"]["Moment"] | null;
            /** @description Only sessions on the target with this name. */
            target?: string | null;
            until?: components["schemas"]["Moment"] | null;
        };
        /** @description An operation to judge without running it. */
        NewTrial: {
            at?: components["schemas"]["Timestamp"] | null;
            /** @description By which policies; by what is enforced now where absent. */
            bindings?: components["schemas"]["TrialBindings"];
            /** @description What is tried. */
            operation: components["schemas"]["RawOperation"];
            /** @description Who tries it; an agent of no group where absent. */
            principal?: components["schemas"]["TrialPrincipal"];
            /** @description On what; where absent a database without labels that denies by default. */
            target?: components["schemas"]["TrialTarget"];
        };
        /** @description Conditions under which an action is allowed. */
        Obligations: {
            /** @description Counters to which the returned rows are added. */
            charges?: components["schemas"]["Charge"][];
            /** @description Bounds on the response. */
            limits?: components["schemas"]["Limits"];
            /** @description What to mask in the response. */
            masks?: components["schemas"]["Mask"][];
            /** @description Free words kept in the record. */
            tags?: string[];
        };
        /**
         * @description How an action ended.
         * @enum {string}
         */
        OutcomeStatus: "completed" | "failed" | "limited" | "interrupted";
        /** @description Where the values of one result column come from. */
        OutputColumn: {
            /** @description The label the server will give it, where the text tells; empty otherwise. */
            name: string;
            /** @description Every column whose value may flow into it, through expressions, subqueries and CTEs. */
            sources: components["schemas"]["Column"][];
        };
        /** @description One page of a list. */
        Page_ApiToken: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When it was made. */
                created_at: components["schemas"]["Timestamp"];
                expires_at?: components["schemas"]["Timestamp"] | null;
                /** @description Which. */
                id: components["schemas"]["ApiTokenId"];
                /** @description What it is for. */
                name: string;
                revoked_at?: components["schemas"]["Timestamp"] | null;
                /** @description Whose. */
                user_id: components["schemas"]["UserId"];
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_AuditEvent: {
            /** @description The items, in the list's order. */
            items: {
                /** @description Who did it: a person's e-mail address or a principal's name; null where nobody is known. */
                actor?: string | null;
                /** @description When. */
                at: components["schemas"]["Timestamp"];
                /** @description More of it. */
                detail: Record<string, unknown>;
                /** @description Which; later ones are greater. */
                id: components["schemas"]["AuditEventId"];
                /** @description What happened, such as `sign_in.refused` or `lock.set`. */
                kind: string;
                /** @description What it was done to. */
                subject?: string | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_BindingView: {
            /** @description The items, in the list's order. */
            items: {
                /**
                 * Format: int32
                 * @description Of a canary: the part of the sessions that obey it, 0 to 100.
                 */
                canary_percent?: number | null;
                /** @description When it was made. */
                created_at: components["schemas"]["Timestamp"];
                /** @description The version's digest: SHA-256 in hex. */
                digest: string;
                guard?: components["schemas"]["CanaryGuard"] | null;
                /** @description Which. */
                id: components["schemas"]["BindingId"];
                /** @description The policy's name. */
                policy: string;
                /** @description The policy. */
                policy_id: components["schemas"]["PolicyId"];
                /** @description The version. */
                policy_version_id: components["schemas"]["PolicyVersionId"];
                /**
                 * Format: int32
                 * @description Bindings are evaluated by rising position.
                 */
                position: number;
                replaces?: components["schemas"]["BindingId"] | null;
                rollout?: components["schemas"]["RolloutView"] | null;
                /** @description What it covers. */
                selector: components["schemas"]["Selector"];
                /** @description Settings, valid against the manifest's schema. */
                settings: Record<string, unknown>;
                /** @description How far it has come. */
                stage: components["schemas"]["Stage"];
                /** @description When it was last changed. */
                updated_at: components["schemas"]["Timestamp"];
                /**
                 * Format: int32
                 * @description The version, as people count it.
                 */
                version: number;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ChainedEvent: {
            /** @description The items, in the list's order. */
            items: (components["schemas"]["Event"] & {
                /** @description The edge that recorded it. */
                edge_id: components["schemas"]["EdgeId"];
                /**
                 * Format: int64
                 * @description The journal's epoch.
                 */
                epoch: number;
                /** @description SHA-256 over the previous record's hash and this record's exact JSON text, in hex. */
                hash: string;
            })[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_Credential: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When it was made. */
                created_at: components["schemas"]["Timestamp"];
                /** @description When it stops working. */
                expires_at: components["schemas"]["Timestamp"];
                grant_id?: components["schemas"]["GrantId"] | null;
                /** @description Which. */
                id: components["schemas"]["CredentialId"];
                /** @description A secret, or a text that proves itself. */
                kind: components["schemas"]["CredentialKind"];
                last_used_at?: components["schemas"]["Timestamp"] | null;
                on_behalf_of?: components["schemas"]["PrincipalId"] | null;
                /** @description Whether it opens one session and no more. */
                once: boolean;
                /** @description Whose. */
                principal_id: components["schemas"]["PrincipalId"];
                revoked_at?: components["schemas"]["Timestamp"] | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_DocumentSummary: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When this version came. */
                created_at: components["schemas"]["Timestamp"];
                /** @description Who brought this version, by name; `system` where it was fetched. */
                created_by_name: string;
                /** @description SHA-256 of its bytes, in hex. */
                digest: string;
                /** @description What it was before it became an object. */
                format: components["schemas"]["DocumentFormat"];
                /** @description Which. */
                id: components["schemas"]["DocumentId"];
                /** @description Of CSV: the column whose values are the keys. */
                key_column?: string | null;
                /**
                 * Format: int64
                 * @description How many keys it has.
                 */
                keys: number;
                /** @description The name that policies use. */
                name: string;
                pull?: components["schemas"]["PullView"] | null;
                /**
                 * Format: int64
                 * @description Bytes.
                 */
                size: number;
                /**
                 * Format: int32
                 * @description The version in force.
                 */
                version: number;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_Edge: {
            /** @description The items, in the list's order. */
            items: {
                /**
                 * Format: int64
                 * @description The last journal record that was committed here.
                 */
                acked_seq: number;
                /**
                 * Format: int64
                 * @description Its clock against the control plane's, in milliseconds, transport included; positive when it
                 *     is ahead.
                 */
                clock_skew_ms?: number | null;
                /** @description When it enrolled. */
                enrolled_at: components["schemas"]["Timestamp"];
                /** @description Which. */
                id: components["schemas"]["EdgeId"];
                last_seen_at?: components["schemas"]["Timestamp"] | null;
                /** @description Its name. */
                name: string;
                /**
                 * Format: int64
                 * @description The newest bundle's revision, to compare with `status.bundle_revision`.
                 */
                newest_revision: number;
                /** @description Whether it follows the control plane right now. */
                online: boolean;
                /** @description Its Ed25519 public key, base64. */
                public_key: string;
                revoked_at?: components["schemas"]["Timestamp"] | null;
                status?: components["schemas"]["EdgeStatus"] | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_GrantView: {
            /** @description The items, in the list's order. */
            items: {
                /**
                 * Format: int32
                 * @description How many people approved.
                 */
                approvals: number;
                /** @description Whether an admin took it without anybody's approval. */
                break_glass: boolean;
                decide_until?: components["schemas"]["Timestamp"] | null;
                decided_at?: components["schemas"]["Timestamp"] | null;
                decision?: components["schemas"]["GrantDecision"] | null;
                /**
                 * Format: int64
                 * @description How long it is for, from when it begins.
                 */
                duration_seconds: number;
                /** @description Why it ended, in words. */
                end_reason?: string | null;
                ended_at?: components["schemas"]["Timestamp"] | null;
                /** @description Who ended it; null where its time was over. */
                ended_by?: string | null;
                expires_at?: components["schemas"]["Timestamp"] | null;
                extends?: components["schemas"]["GrantId"] | null;
                /** @description Which. */
                id: components["schemas"]["GrantId"];
                /** @description Whether the caller may decide it now. */
                may_decide: boolean;
                may_not_decide?: components["schemas"]["MayNotDecideGrant"] | null;
                /** @description Whether the caller asked for it, holds it or is behind who does. */
                mine: boolean;
                /** @description The human for whom they may act under it. */
                on_behalf_of?: string | null;
                /** @description What for. */
                operations: components["schemas"]["GrantOperation"][];
                /** @description Who holds it. */
                principal: components["schemas"]["GrantPrincipal"];
                /** @description Why, where it is such a one; else empty. */
                reason: string;
                /** @description When it was asked for. */
                requested_at: components["schemas"]["Timestamp"];
                /** @description Who asked: an e-mail address, or the principal's own name. */
                requested_by: string;
                /** @description Where it stands. */
                state: components["schemas"]["GrantState"];
                /** @description On what. */
                targets: components["schemas"]["GrantTargetView"][];
                /** @description The task. */
                task: string;
                /** @description What people decided, oldest first. */
                votes: components["schemas"]["GrantVoteView"][];
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_JoinTokenView: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When it was made. */
                created_at: components["schemas"]["Timestamp"];
                edge_id?: components["schemas"]["EdgeId"] | null;
                /** @description When it stops working. */
                expires_at: components["schemas"]["Timestamp"];
                /** @description Which. */
                id: components["schemas"]["JoinTokenId"];
                /** @description The edge's name. */
                name: string;
                revoked_at?: components["schemas"]["Timestamp"] | null;
                used_at?: components["schemas"]["Timestamp"] | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_LockView: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When it was set. */
                created_at: components["schemas"]["Timestamp"];
                /** @description Who set it, by e-mail address; `system` where the control plane did by itself. */
                created_by: string;
                expires_at?: components["schemas"]["Timestamp"] | null;
                /** @description Which. */
                id: components["schemas"]["LockId"];
                lifted_at?: components["schemas"]["Timestamp"] | null;
                /** @description Who lifted it; null while it is in force, and where it expired. */
                lifted_by?: string | null;
                /** @description What people called it when it was locked. */
                name: string;
                /** @description Why, as clients are told. */
                reason: string;
                /** @description What is locked. */
                subject: components["schemas"]["LockSubject"];
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_PinnedTool: {
            /** @description The items, in the list's order. */
            items: {
                /** @description Who accepted it; null where it is what was seen first. */
                accepted_by?: string | null;
                /** @description Which. */
                id: components["schemas"]["ToolDefinitionId"];
                /** @description What is pinned. */
                pinned: components["schemas"]["ToolDefinition"];
                /** @description Since when. */
                pinned_at: components["schemas"]["Timestamp"];
                seen?: components["schemas"]["ToolDefinition"] | null;
                seen_at?: components["schemas"]["Timestamp"] | null;
                /** @description The server, by the operator's name for it. */
                server: string;
                /** @description The target's name when the tool was seen last. */
                target: string;
                /** @description The target. */
                target_id: components["schemas"]["TargetId"];
                /** @description The tool, by the server's name for it. */
                tool: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_PolicyChange: {
            /** @description The items, in the list's order. */
            items: {
                acknowledged_at?: components["schemas"]["Timestamp"] | null;
                /** @description Who noted the alert, by name. */
                acknowledged_by_name?: string | null;
                /** @description What it touches, as it is to be. */
                after: components["schemas"]["PolicySetState"];
                /** @description Whether people must see it. */
                alert: boolean;
                /** @description What it touches, as it was. */
                before: components["schemas"]["PolicySetState"];
                binding_id?: components["schemas"]["BindingId"] | null;
                /** @description Why, in the words of who asked for it. */
                comment: string;
                /** @description When it was asked for. */
                created_at: components["schemas"]["Timestamp"];
                decided_at?: components["schemas"]["Timestamp"] | null;
                decided_by?: components["schemas"]["UserId"] | null;
                /** @description Their name. */
                decided_by_name?: string | null;
                /** @description In the words of who decided it. */
                decision_comment: string;
                /** @description Which. */
                id: components["schemas"]["ChangeId"];
                /** @description What it is. */
                kind: components["schemas"]["PolicyChangeKind"];
                /** @description That policy's name. */
                policy?: string | null;
                policy_id?: components["schemas"]["PolicyId"] | null;
                requested_by?: components["schemas"]["UserId"] | null;
                /** @description Their name, or `system`. */
                requested_by_name: string;
                /**
                 * Format: int64
                 * @description The policy set that it went back to.
                 */
                restores?: number | null;
                /**
                 * Format: int64
                 * @description The bundle's revision that it made.
                 */
                revision?: number | null;
                /** @description Where it stands. */
                state: components["schemas"]["PolicyChangeState"];
                /** @description In one line of words. */
                summary: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_PolicySetSummary: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When. */
                at: components["schemas"]["Timestamp"];
                /** @description Who, by name; `system` for the control plane itself. */
                by: string;
                /** @description Why, in the words of who asked for it. */
                comment: string;
                kind?: components["schemas"]["PolicyChangeKind"] | null;
                /**
                 * Format: int64
                 * @description The bundle's revision with which it began.
                 */
                revision: number;
                /** @description That change in words. */
                summary: string;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_PolicySummary: {
            /** @description The items, in the list's order. */
            items: {
                /**
                 * Format: int64
                 * @description How many bindings are canaries.
                 */
                canary_bindings: number;
                /** @description When its first version arrived. */
                created_at: components["schemas"]["Timestamp"];
                /** @description One sentence, from the newest version's manifest. */
                description: string;
                /**
                 * Format: int64
                 * @description How many bindings are drafts.
                 */
                draft_bindings: number;
                /**
                 * Format: int64
                 * @description How many bindings are enforced.
                 */
                enforced_bindings: number;
                /** @description Which. */
                id: components["schemas"]["PolicyId"];
                /** @description Its name, from the manifest. */
                name: string;
                /** @description The newest version. */
                newest_version: components["schemas"]["PolicyVersionSummary"];
                /** @description Kinds of operation that it handles. */
                operations: string[];
                /**
                 * Format: int64
                 * @description How many bindings are in shadow.
                 */
                shadow_bindings: number;
                /**
                 * Format: int64
                 * @description How many versions there are.
                 */
                versions: number;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_PrincipalKey: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When it was added. */
                created_at: components["schemas"]["Timestamp"];
                /** @description Who added it. */
                created_by: string;
                /** @description The key (RFC 7517), without what is not part of the key. */
                jwk: unknown;
                /** @description What assertions name it by. */
                kid: string;
                last_used_at?: components["schemas"]["Timestamp"] | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_PrincipalView: {
            /** @description The items, in the list's order. */
            items: (components["schemas"]["Principal"] & {
                /**
                 * Format: int64
                 * @description Credentials that work now.
                 */
                active_credentials: number;
                /** @description When it was added. */
                created_at: components["schemas"]["Timestamp"];
                last_used_at?: components["schemas"]["Timestamp"] | null;
                /** @description What it is for, in its owner's words. */
                purpose: string;
                /** @description When it was last changed. */
                updated_at: components["schemas"]["Timestamp"];
            })[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ReplaySummary: {
            /** @description The items, in the list's order. */
            items: {
                candidate?: components["schemas"]["ReplayCandidate"] | null;
                /**
                 * Format: int64
                 * @description Decisions that came out otherwise.
                 */
                differing: number;
                /** @description Why it failed. */
                error?: string | null;
                finished_at?: components["schemas"]["Timestamp"] | null;
                /** @description Which. */
                id: components["schemas"]["ReplayId"];
                /**
                 * Format: int64
                 * @description Decisions judged again.
                 */
                judged: number;
                /**
                 * Format: int64
                 * @description At most so many decisions.
                 */
                limit?: number | null;
                /**
                 * Format: int64
                 * @description Decisions a second.
                 */
                per_second: number;
                /** @description The candidate's policy, by name. */
                policy?: string | null;
                /** @description Only sessions of this principal. */
                principal?: string | null;
                /**
                 * Format: double
                 * @description The part of the records that is read, from 0 to 1.
                 */
                progress: number;
                /** @description Who asked, by name. */
                requested_by_name: string;
                /** @description From when on. */
                since: components["schemas"]["Timestamp"];
                /**
                 * Format: int64
                 * @description Decisions that could not be judged again.
                 */
                skipped: number;
                /** @description When it began. */
                started_at: components["schemas"]["Timestamp"];
                /** @description How far it is. */
                state: components["schemas"]["ReplayState"];
                /** @description Only sessions on this target. */
                target?: string | null;
                /** @description Up to when. */
                until: components["schemas"]["Timestamp"];
                /**
                 * Format: int32
                 * @description The candidate's version, as people count it; null where the recorded ones stay.
                 */
                version?: number | null;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ReviewSummary: {
            /** @description The items, in the list's order. */
            items: {
                /** @description The action that is held. */
                action_id: components["schemas"]["ActionId"];
                /**
                 * Format: int32
                 * @description How many have.
                 */
                approvals: number;
                /** @description Its worst effect. */
                class: components["schemas"]["StatementClass"];
                decided_at?: components["schemas"]["Timestamp"] | null;
                /** @description Its name. */
                edge: string;
                /** @description The edge that holds the action. */
                edge_id: components["schemas"]["EdgeId"];
                /** @description The text's first 300 characters. */
                excerpt: string;
                /** @description When it expires undecided. */
                expires_at: components["schemas"]["Timestamp"];
                grant?: components["schemas"]["GrantRef"] | null;
                /** @description Which. */
                id: components["schemas"]["ReviewId"];
                /** @description What kind of operation it is: `sql`, `http`, `tool_call`, `shell`, `llm`, `mcp`. */
                kind: string;
                /** @description The target's labels. */
                labels: components["schemas"]["BTreeMap"];
                /** @description Whether the caller may decide it now. */
                may_decide: boolean;
                may_not_decide?: components["schemas"]["MayNotDecide"] | null;
                /** @description Who asks. */
                principal: components["schemas"]["Principal"];
                /**
                 * Format: int32
                 * @description Distinct people who must approve.
                 */
                quorum: number;
                /** @description Why it is held. */
                reason: string;
                /** @description When the edge held it. */
                requested_at: components["schemas"]["Timestamp"];
                /** @description Groups whose members may decide; empty for every reviewer. */
                reviewers: string[];
                /** @description The session. */
                session_id: components["schemas"]["SessionId"];
                /** @description Where it stands. */
                state: components["schemas"]["ReviewState"];
                /** @description The target's name. */
                target: string;
                /** @description On what. */
                target_id: components["schemas"]["TargetId"];
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_SessionSummary: {
            /** @description The items, in the list's order. */
            items: {
                /** @description What the client calls itself. */
                application?: string | null;
                /** @description The client's address. */
                client: string;
                /** @description Why it ended. */
                close_reason?: string | null;
                closed_at?: components["schemas"]["Timestamp"] | null;
                /** @description What happened in it. */
                counts: components["schemas"]["SessionCounts"];
                /** @description Its name. */
                edge: string;
                /** @description The edge that served it. */
                edge_id: components["schemas"]["EdgeId"];
                grant?: components["schemas"]["GrantRef"] | null;
                /** @description Which. */
                id: components["schemas"]["SessionId"];
                /** @description The target's labels at that time. */
                labels: components["schemas"]["BTreeMap"];
                /** @description Its last event. */
                last_event_at: components["schemas"]["Timestamp"];
                /** @description When it began. */
                opened_at: components["schemas"]["Timestamp"];
                /** @description Who. */
                principal: components["schemas"]["Principal"];
                /** @description The kind of the target, such as `postgres`. */
                protocol: string;
                /** @description The target's name. */
                target: string;
                /** @description To what. */
                target_id: components["schemas"]["TargetId"];
                /** @description Whether the client's connection is encrypted. */
                tls: boolean;
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_TargetView: {
            /** @description The items, in the list's order. */
            items: (components["schemas"]["Target"] & {
                /** @description When it was added. */
                created_at: components["schemas"]["Timestamp"];
                /** @description When it was last changed. */
                updated_at: components["schemas"]["Timestamp"];
            })[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_TrustedIssuer: {
            /** @description The items, in the list's order. */
            items: {
                /** @description What its tokens must name as `aud`. */
                audience: string;
                /** @description When it was added. */
                created_at: components["schemas"]["Timestamp"];
                /** @description Which. */
                id: components["schemas"]["TrustedIssuerId"];
                /** @description What its tokens name as `iss`. */
                issuer: string;
                /** @description Where its keys are; null where its discovery document says so. */
                jwks_uri?: string | null;
                /** @description Its name. */
                name: string;
                /** @description Which principal a token stands for. */
                rules: components["schemas"]["IssuerRule"][];
                /** @description When it was last changed. */
                updated_at: components["schemas"]["Timestamp"];
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_User: {
            /** @description The items, in the list's order. */
            items: {
                /** @description When they were added. */
                created_at: components["schemas"]["Timestamp"];
                disabled_at?: components["schemas"]["Timestamp"] | null;
                /** @description Their e-mail address, lower case; unique. */
                email: string;
                /** @description Groups whose reviews they may decide. */
                groups: string[];
                /** @description Who. */
                id: components["schemas"]["UserId"];
                last_sign_in_at?: components["schemas"]["Timestamp"] | null;
                /** @description Their name. */
                name: string;
                review_scope?: components["schemas"]["BTreeMap"] | null;
                /** @description What they may do. */
                roles: components["schemas"]["BTreeSet"];
                /** @description Who says who they are. */
                source: components["schemas"]["Source"];
            }[];
            /** @description Pass it as `cursor` for the next page; null on the last one. */
            next_cursor?: string | null;
        };
        /** @description A bound value of a prepared statement. */
        Parameter: "null" | {
            /** @description The value in PostgreSQL's text form. */
            text: string;
        } | {
            /** @description A binary value of a type the edge does not decode, as hex. */
            binary: string;
        };
        /** @description A change that waits for another admin. */
        PendingChange: {
            /** @description The change. */
            change: components["schemas"]["PolicyChange"];
        };
        /** @description A tool of an MCP server: what is pinned of it, and what its server gives now. */
        PinnedTool: {
            /** @description Who accepted it; null where it is what was seen first. */
            accepted_by?: string | null;
            /** @description Which. */
            id: components["schemas"]["ToolDefinitionId"];
            /** @description What is pinned. */
            pinned: components["schemas"]["ToolDefinition"];
            /** @description Since when. */
            pinned_at: components["schemas"]["Timestamp"];
            seen?: components["schemas"]["ToolDefinition"] | null;
            seen_at?: components["schemas"]["Timestamp"] | null;
            /** @description The server, by the operator's name for it. */
            server: string;
            /** @description The target's name when the tool was seen last. */
            target: string;
            /** @description The target. */
            target_id: components["schemas"]["TargetId"];
            /** @description The tool, by the server's name for it. */
            tool: string;
        };
        /** @description A policy with all that belongs to it. */
        Policy: {
            /** @description Its bindings, in the order of evaluation. */
            bindings: components["schemas"]["BindingView"][];
            /** @description When its first version arrived. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Which. */
            id: components["schemas"]["PolicyId"];
            /** @description The newest version's manifest, with the JSON Schema of its settings. */
            manifest: components["schemas"]["PolicyManifest"];
            /** @description Its name, from the manifest. */
            name: string;
            /** @description What the edges report of its versions. */
            running: components["schemas"]["RunningPolicy"][];
            /** @description Every version, newest first. */
            versions: components["schemas"]["PolicyVersionSummary"][];
        };
        /** @description What a policy did lately. */
        PolicyActivity: {
            /** @description How far each edge is with each of the policy's bindings. */
            edges: components["schemas"]["EdgeReadiness"][];
            /**
             * Format: int64
             * @description Failures since the edges started.
             */
            failures: number;
            /** @description The last failure in words, of any edge. */
            last_failure?: string | null;
            /**
             * Format: int32
             * @description Microseconds that half of its latest decisions took at most: the median of its edges; 0
             *     where none asked it.
             */
            p50_us: number;
            /**
             * Format: int32
             * @description Microseconds that 99 of 100 of its latest decisions took at most, on the slowest edge.
             */
            p99_us: number;
            /**
             * @description The last 60 minutes, oldest first; the last one still runs. Counted since the control plane
             *     started.
             */
            per_minute: components["schemas"]["ActivityMinute"][];
        };
        /** @description A change of what is enforced. */
        PolicyChange: {
            acknowledged_at?: components["schemas"]["Timestamp"] | null;
            /** @description Who noted the alert, by name. */
            acknowledged_by_name?: string | null;
            /** @description What it touches, as it is to be. */
            after: components["schemas"]["PolicySetState"];
            /** @description Whether people must see it. */
            alert: boolean;
            /** @description What it touches, as it was. */
            before: components["schemas"]["PolicySetState"];
            binding_id?: components["schemas"]["BindingId"] | null;
            /** @description Why, in the words of who asked for it. */
            comment: string;
            /** @description When it was asked for. */
            created_at: components["schemas"]["Timestamp"];
            decided_at?: components["schemas"]["Timestamp"] | null;
            decided_by?: components["schemas"]["UserId"] | null;
            /** @description Their name. */
            decided_by_name?: string | null;
            /** @description In the words of who decided it. */
            decision_comment: string;
            /** @description Which. */
            id: components["schemas"]["ChangeId"];
            /** @description What it is. */
            kind: components["schemas"]["PolicyChangeKind"];
            /** @description That policy's name. */
            policy?: string | null;
            policy_id?: components["schemas"]["PolicyId"] | null;
            requested_by?: components["schemas"]["UserId"] | null;
            /** @description Their name, or `system`. */
            requested_by_name: string;
            /**
             * Format: int64
             * @description The policy set that it went back to.
             */
            restores?: number | null;
            /**
             * Format: int64
             * @description The bundle's revision that it made.
             */
            revision?: number | null;
            /** @description Where it stands. */
            state: components["schemas"]["PolicyChangeState"];
            /** @description In one line of words. */
            summary: string;
        };
        /**
         * @description What a change is.
         * @enum {string}
         */
        PolicyChangeKind: "create_binding" | "update_binding" | "promote" | "delete_binding" | "rollback" | "automatic_rollback" | "restore" | "document" | "settings";
        /**
         * @description Where a change stands.
         * @enum {string}
         */
        PolicyChangeState: "pending" | "applied" | "rejected";
        /**
         * Format: uuid
         * @description A policy: a name and its versions.
         */
        PolicyId: string;
        /**
         * @description What a policy is written in.
         * @enum {string}
         */
        PolicyLanguage: "rust" | "javascript" | "python" | "rego" | "cedar";
        /** @description What a policy says of itself. */
        PolicyManifest: {
            /** @description Its own cases. */
            cases?: components["schemas"]["ManifestCase"][];
            /** @description Counters it uses. */
            counters?: components["schemas"]["CounterUse"][];
            /** @description One sentence for people. */
            description: string;
            /** @description Data documents it looks things up in. */
            documents?: components["schemas"]["DocumentUse"][];
            /** @description Whether it filters responses (exports `filter`). */
            filters?: boolean;
            /** @description What it is written in; decides the limits it runs under. */
            language?: components["schemas"]["PolicyLanguage"];
            /** @description The policy's name: lower case, digits and hyphens. */
            name: string;
            /** @description Kinds of operation it handles (`sql`, `http`, `tool_call`, `shell`, `access`). */
            operations: string[];
            /** @description JSON Schema (2020-12) of its settings. */
            settings_schema: Record<string, unknown>;
            /** @description Where its source is. */
            source_url?: string | null;
            /**
             * @description Whether it keeps nothing between two actions. Of the runtimes of Rego and Cedar alone: their
             *     instances may then stay warm and serve several sessions.
             */
            stateless?: boolean;
            /** @description The author's version, semver. */
            version: string;
        };
        /** @description One bound policy's part in a decision. */
        PolicyOutcome: {
            /** @description The binding that ran. */
            binding: components["schemas"]["BindingId"];
            /** @description SHA-256 of the module, in hex. */
            digest: string;
            /** @description What it asked the host. */
            host_calls?: components["schemas"]["HostCall"][];
            /**
             * Format: int32
             * @description Microseconds it took; 0 when the answer came from the cache of verdicts that cannot differ.
             */
            micros: number;
            /** @description The policy's name. */
            policy: string;
            /** @description `shadow` outcomes are kept and not obeyed. */
            stage: components["schemas"]["Stage"];
            /** @description What it said. */
            verdict: components["schemas"]["PolicyVerdict"];
            /**
             * Format: int32
             * @description The version, as people count it.
             */
            version: number;
        };
        /**
         * @description How far an edge is with a binding's version.
         * @enum {string}
         */
        PolicyReadiness: "ready" | "preparing" | "failed";
        /** @description A policy set. */
        PolicySet: components["schemas"]["PolicySetSummary"] & {
            /** @description Bindings, drafts included, in the order of evaluation. */
            bindings: components["schemas"]["PolicySetBinding"][];
            /** @description Documents, by name. */
            documents: components["schemas"]["PolicySetDocument"][];
        };
        /** @description A binding as a policy set has it. */
        PolicySetBinding: {
            /**
             * Format: int32
             * @description Of a canary: its part of the sessions.
             */
            canary_percent?: number | null;
            /** @description The version's digest. */
            digest: string;
            guard?: components["schemas"]["CanaryGuard"] | null;
            /** @description Which. */
            id: components["schemas"]["BindingId"];
            /** @description The policy's name. */
            policy: string;
            /** @description The policy. */
            policy_id: components["schemas"]["PolicyId"];
            /** @description The version. */
            policy_version_id: components["schemas"]["PolicyVersionId"];
            /**
             * Format: int32
             * @description Its place in the order of evaluation.
             */
            position: number;
            replaces?: components["schemas"]["BindingId"] | null;
            /** @description What it covers. */
            selector: components["schemas"]["Selector"];
            /** @description Settings. */
            settings: Record<string, unknown>;
            /** @description How far it has come. */
            stage: components["schemas"]["Stage"];
            /**
             * Format: int32
             * @description The version, as people count it.
             */
            version: number;
        };
        /** @description A document as a policy set has it. */
        PolicySetDocument: {
            /** @description SHA-256 of its bytes, in hex. */
            digest: string;
            /** @description Which. */
            id: components["schemas"]["DocumentId"];
            /** @description The name that policies use. */
            name: string;
            pull?: components["schemas"]["DocumentPull"] | null;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: number;
            /**
             * Format: int32
             * @description The version.
             */
            version: number;
        };
        /** @description What is enforced, or a part of it. */
        PolicySetState: {
            /**
             * @description Bindings, in the order of evaluation.
             * @default []
             */
            bindings?: components["schemas"]["PolicySetBinding"][];
            /**
             * @description Documents, by name.
             * @default []
             */
            documents?: components["schemas"]["PolicySetDocument"][];
            /** @default null */
            settings?: components["schemas"]["PolicySettings"] | null;
        };
        /** @description A policy set in a list. */
        PolicySetSummary: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description Who, by name; `system` for the control plane itself. */
            by: string;
            /** @description Why, in the words of who asked for it. */
            comment: string;
            kind?: components["schemas"]["PolicyChangeKind"] | null;
            /**
             * Format: int64
             * @description The bundle's revision with which it began.
             */
            revision: number;
            /** @description That change in words. */
            summary: string;
        };
        /** @description How policies may be changed. */
        PolicySettings: {
            /** @description How sliding windows count. */
            counter_split: components["schemas"]["CounterSplit"];
            /** @description Whether a change by an admin waits for another admin. */
            require_approval: boolean;
        };
        /** @description A policy in a list. */
        PolicySummary: {
            /**
             * Format: int64
             * @description How many bindings are canaries.
             */
            canary_bindings: number;
            /** @description When its first version arrived. */
            created_at: components["schemas"]["Timestamp"];
            /** @description One sentence, from the newest version's manifest. */
            description: string;
            /**
             * Format: int64
             * @description How many bindings are drafts.
             */
            draft_bindings: number;
            /**
             * Format: int64
             * @description How many bindings are enforced.
             */
            enforced_bindings: number;
            /** @description Which. */
            id: components["schemas"]["PolicyId"];
            /** @description Its name, from the manifest. */
            name: string;
            /** @description The newest version. */
            newest_version: components["schemas"]["PolicyVersionSummary"];
            /** @description Kinds of operation that it handles. */
            operations: string[];
            /**
             * Format: int64
             * @description How many bindings are in shadow.
             */
            shadow_bindings: number;
            /**
             * Format: int64
             * @description How many versions there are.
             */
            versions: number;
        };
        /** @description What came of a trial. */
        PolicyTrial: {
            /** @description What would happen, with every policy's part. */
            decision: components["schemas"]["Decision"];
            /**
             * @description What is known of the operation: a SQL text's or a command line's facts, or the request or
             *     the call itself.
             */
            facts: Record<string, unknown>;
        };
        /** @description What one policy said, or why it could not. */
        PolicyVerdict: {
            /** @description It said this. */
            said: components["schemas"]["Verdict"];
        } | {
            /** @description It could not; the detail is for its author. */
            failed: {
                /** @description In words, bounded in length. */
                detail: string;
                /** @description What went wrong. */
                failure: components["schemas"]["Failure"];
            };
        };
        /** @description An immutable version. */
        PolicyVersion: components["schemas"]["PolicyVersionSummary"] & {
            /** @description What it imports from the host. */
            imports: string[];
            /** @description What the policy says of itself. */
            manifest: components["schemas"]["PolicyManifest"];
            /** @description Of a version that is a text: the text. */
            text?: string | null;
        };
        /**
         * Format: uuid
         * @description An immutable version of a policy.
         */
        PolicyVersionId: string;
        /** @description An immutable version, without its manifest. */
        PolicyVersionSummary: {
            /** @description The author's version, from the manifest. */
            author_version: string;
            /** @description What changed, in the words of who pushed it. */
            changelog: string;
            /** @description When. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who pushed it. */
            created_by: components["schemas"]["UserId"];
            /** @description Their name. */
            created_by_name: string;
            /** @description SHA-256 of the component, or of the source where it is a text, in hex. */
            digest: string;
            /** @description Which. */
            id: components["schemas"]["PolicyVersionId"];
            /** @description What it is written in. */
            language: components["schemas"]["PolicyLanguage"];
            /** @description The policy's name. */
            policy: string;
            /** @description The policy. */
            policy_id: components["schemas"]["PolicyId"];
            /** @description Authors' signatures. */
            signatures: components["schemas"]["SignatureView"][];
            /**
             * Format: int64
             * @description Bytes of the component, or of the source.
             */
            size: number;
            /** @description Where its source is. */
            source_url?: string | null;
            /**
             * Format: int32
             * @description As people count it: 1, 2, 3.
             */
            version: number;
        };
        /** @description Who acts, as the policies see it. */
        Principal: {
            /** @description What the operator says of it, such as `env=staging` for one meant for staging alone. */
            claims?: {
                [key: string]: string;
            };
            /** @description Groups that selectors and policies may name. */
            groups?: string[];
            /** @description Stays the same when the principal is renamed. */
            id: components["schemas"]["PrincipalId"];
            /** @description Human, agent or service. */
            kind: components["schemas"]["PrincipalKind"];
            /** @description The name it signs in with; unique. */
            name: string;
            /**
             * @description The human for whom an agent acts: set by the operator or proved by the credential, never
             *     from the client's word.
             */
            on_behalf_of?: string | null;
            /** @description Who answers for an agent or a service: a human's e-mail address, or `group:NAME`. */
            owner?: string | null;
        };
        /**
         * Format: uuid
         * @description Who acts.
         */
        PrincipalId: string;
        /** @description A public key of a principal. */
        PrincipalKey: {
            /** @description When it was added. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who added it. */
            created_by: string;
            /** @description The key (RFC 7517), without what is not part of the key. */
            jwk: unknown;
            /** @description What assertions name it by. */
            kid: string;
            last_used_at?: components["schemas"]["Timestamp"] | null;
        };
        /**
         * @description What kind of actor a principal is.
         * @enum {string}
         */
        PrincipalKind: "human" | "agent" | "service";
        /** @description Which principals. Every list that is not empty must match. */
        PrincipalSelector: {
            /**
             * @description A member of any of these groups.
             * @default []
             */
            groups?: string[];
            /**
             * @description Any of these kinds.
             * @default []
             */
            kinds?: components["schemas"]["PrincipalKind"][];
            /**
             * @description Any of these names.
             * @default []
             */
            names?: string[];
        };
        /** @description Who acts on targets. */
        PrincipalView: components["schemas"]["Principal"] & {
            /**
             * Format: int64
             * @description Credentials that work now.
             */
            active_credentials: number;
            /** @description When it was added. */
            created_at: components["schemas"]["Timestamp"];
            last_used_at?: components["schemas"]["Timestamp"] | null;
            /** @description What it is for, in its owner's words. */
            purpose: string;
            /** @description When it was last changed. */
            updated_at: components["schemas"]["Timestamp"];
        };
        /** @description Why a request was refused. */
        Problem: {
            /**
             * Format: int64
             * @description With `journal_gap` and `journal_forked`: the last record that is committed.
             */
            acked_seq?: number | null;
            /** @description Stable, for programs: `not_found`, `stale_digest`, `rate_limited`, …. */
            code: string;
            /** @description For people. */
            detail: string;
            /**
             * Format: int64
             * @description The epoch in which that record stands.
             */
            epoch?: number | null;
            /** @description What is wrong with the body, where it breaks a rule; JSON pointers into it. */
            errors?: components["schemas"]["FieldError"][];
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description `about:blank`: the code says it all. */
            type: string;
        };
        /** @description What members of one group may do. */
        ProviderRule: {
            /** @description The group. */
            group: string;
            /** @description The role. */
            role: components["schemas"]["Role"];
            target_labels?: components["schemas"]["BTreeMap"] | null;
        };
        /** @description Where a document is fetched from, and how that went. */
        PullView: {
            /** @description Why the last fetch brought nothing, where it did not. */
            error?: string | null;
            /**
             * Format: int32
             * @description Seconds between two fetches.
             */
            every_seconds: number;
            last_at?: components["schemas"]["Timestamp"] | null;
            /** @description The address. */
            url: string;
        };
        /**
         * @description An operation as a person writes it down, in a policy's cases and in the playground: raw, with
         *     its facts still to be computed.
         */
        RawOperation: {
            /** @description A SQL text. */
            sql: string;
        } | {
            /** @description An HTTP request. */
            http: components["schemas"]["HttpOperation"];
        } | {
            /** @description A tool call. */
            tool_call: components["schemas"]["ToolCallOperation"];
        } | {
            /** @description A command line. */
            shell: string;
        } | {
            /** @description A request for a grant. */
            access: components["schemas"]["AccessOperation"];
        } | {
            /** @description A request to a model. */
            llm: components["schemas"]["LlmOperation"];
        } | {
            /** @description A request to an MCP server that is no tool call. */
            mcp: components["schemas"]["McpOperation"];
        };
        /** @description What exactly was tried. */
        RecordedOperation: {
            facts?: components["schemas"]["SqlFacts"] | null;
            /** @description The bound values. */
            parameters?: components["schemas"]["Parameter"][];
            /**
             * @description Of SQL `simple`, `parse`, `execute`, `copy`; else `http`, `llm_request`, `llm_tool_call`,
             *     `mcp`, `mcp_tool_call`, `ask`.
             */
            phase: string;
            request?: components["schemas"]["RawOperation"] | null;
            /** @description The SQL text as the client sent it; of anything else a line for people. */
            text: string;
        };
        /** @description What came back, as the client got it. */
        RecordedResponse: {
            /**
             * @description The body where it is text, masked; of a streamed answer the whole text.
             * @default null
             */
            body?: string | null;
            /**
             * @description The model that answered.
             * @default null
             */
            model?: string | null;
            /**
             * Format: int32
             * @description The HTTP status.
             * @default null
             */
            status?: number | null;
            /**
             * @description The tool calls in the answer, each an action of its own.
             * @default []
             */
            tool_calls?: components["schemas"]["ActionId"][];
            /**
             * @description Whether the body is longer than what is kept of it.
             * @default false
             */
            truncated?: boolean;
            /** @default null */
            usage?: components["schemas"]["TokenUsage"] | null;
        };
        /** @description What to register at the provider. */
        RedirectUris: {
            /** @description Where the provider tells that a session is over. */
            backchannel_logout: string;
            /** @description Where browsers come back to. */
            callback: string;
            /** @description Where they come back to once they are signed out. */
            post_logout: string;
        };
        /** @description A replay with what came of it. */
        Replay: components["schemas"]["ReplaySummary"] & {
            /** @description What differs, the most frequent first; known when it has ended. */
            groups: components["schemas"]["ReplayGroup"][];
            /**
             * Format: int64
             * @description Differing decisions for which a policy asked the host what it had not asked then; the answer
             *     was made up from what the replay had seen.
             */
            simulated: number;
            /** @description Decisions that could not be judged again, by reason; known when it has ended. */
            skipped_by_reason: {
                [key: string]: number;
            };
        };
        /** @description A replay that has begun. */
        ReplayBegun: {
            /** @description Which. */
            id: components["schemas"]["ReplayId"];
        };
        /** @description What is judged with in place of what was bound. Names a policy or one binding. */
        ReplayCandidate: {
            binding_id?: components["schemas"]["BindingId"] | null;
            policy_id?: components["schemas"]["PolicyId"] | null;
            policy_version_id?: components["schemas"]["PolicyVersionId"] | null;
            /** @description Other settings; the recorded ones where absent. */
            settings?: Record<string, unknown> | null;
        };
        /** @description An action whose decision differs. */
        ReplayExample: {
            /** @description Which. */
            action_id: components["schemas"]["ActionId"];
            /** @description The decision now. */
            after: components["schemas"]["ReplayJudgement"];
            /** @description When it was judged. */
            at: components["schemas"]["Timestamp"];
            /** @description The recorded decision. */
            before: components["schemas"]["ReplayJudgement"];
            /** @description Its session. */
            session_id: components["schemas"]["SessionId"];
            /** @description What was tried, cut short. */
            text: string;
        };
        /** @description Equal differences. */
        ReplayGroup: {
            /**
             * Format: int64
             * @description How many decisions.
             */
            count: number;
            /**
             * Format: int64
             * @description How many of them come out otherwise, for all policies together; the others differ in a
             *     shadow alone, or in an obligation.
             */
            effect_changes: number;
            /** @description Some of them. */
            examples: components["schemas"]["ReplayExample"][];
            /** @description What differs. */
            key: components["schemas"]["ReplayGroupKey"];
        };
        /** @description What differs. */
        ReplayGroupKey: {
            /**
             * @description What it said: `abstain`, `oblige`, `allow`, `mask`, `review`, `deny` or `failed`;
             *     `not_bound` where it was not asked.
             */
            from: string;
            /** @description The policy; null where no policy said otherwise and yet the decision is another. */
            policy?: string | null;
            /**
             * @description Why it says so, or why it said the other; null where neither has a reason, or there are too
             *     many different ones.
             */
            reason?: string | null;
            /** @description What it says now, likewise. */
            to: string;
        };
        /**
         * Format: uuid
         * @description Recorded decisions judged again.
         */
        ReplayId: string;
        /** @description What an action's decision was, or is. */
        ReplayJudgement: {
            /** @description What happens. */
            effect: components["schemas"]["Effect"];
            /** @description Why. */
            reasons: string[];
        };
        /**
         * @description How far a replay is.
         * @enum {string}
         */
        ReplayState: "running" | "done" | "failed" | "cancelled";
        /** @description A replay as a list shows it. */
        ReplaySummary: {
            candidate?: components["schemas"]["ReplayCandidate"] | null;
            /**
             * Format: int64
             * @description Decisions that came out otherwise.
             */
            differing: number;
            /** @description Why it failed. */
            error?: string | null;
            finished_at?: components["schemas"]["Timestamp"] | null;
            /** @description Which. */
            id: components["schemas"]["ReplayId"];
            /**
             * Format: int64
             * @description Decisions judged again.
             */
            judged: number;
            /**
             * Format: int64
             * @description At most so many decisions.
             */
            limit?: number | null;
            /**
             * Format: int64
             * @description Decisions a second.
             */
            per_second: number;
            /** @description The candidate's policy, by name. */
            policy?: string | null;
            /** @description Only sessions of this principal. */
            principal?: string | null;
            /**
             * Format: double
             * @description The part of the records that is read, from 0 to 1.
             */
            progress: number;
            /** @description Who asked, by name. */
            requested_by_name: string;
            /** @description From when on. */
            since: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Decisions that could not be judged again.
             */
            skipped: number;
            /** @description When it began. */
            started_at: components["schemas"]["Timestamp"];
            /** @description How far it is. */
            state: components["schemas"]["ReplayState"];
            /** @description Only sessions on this target. */
            target?: string | null;
            /** @description Up to when. */
            until: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description The candidate's version, as people count it; null where the recorded ones stay.
             */
            version?: number | null;
        };
        /** @description A review with exactly what will run. */
        Review: components["schemas"]["ReviewSummary"] & {
            /** @description Why it is held: every policy's part. */
            decision: components["schemas"]["Decision"];
            /** @description What people decided, oldest first. */
            decisions: components["schemas"]["ReviewVote"][];
            /** @description SHA-256 over the exact bytes that will run, in hex. A decision must repeat it. */
            digest: string;
            /** @description What the parser knows of it; empty where it is not SQL. */
            facts: components["schemas"]["SqlFacts"];
            /** @description What the detectors see in it, where it is not SQL. */
            findings: components["schemas"]["EntityCount"][];
            /** @description The exact bound values. */
            parameters: components["schemas"]["Parameter"][];
            request?: components["schemas"]["RawOperation"] | null;
            /** @description The exact SQL text that will run; of anything else a line for people. */
            text: string;
        };
        /**
         * @description What one person decided.
         * @enum {string}
         */
        ReviewDecision: "approve" | "deny";
        /**
         * Format: uuid
         * @description An action held for people to decide.
         */
        ReviewId: string;
        /** @description `POST /api/v1/edge/reviews`: an action is held. Idempotent by `id`. */
        ReviewRequest: {
            /** @description The action that is held. */
            action_id: components["schemas"]["ActionId"];
            class?: components["schemas"]["StatementClass"] | null;
            /** @description Why it is held, by whom it may be decided. */
            decision: components["schemas"]["Decision"];
            /** @description SHA-256 over the exact bytes that will run, in hex. */
            digest: string;
            /** @description When it expires undecided. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description What the parser knows of it; empty where it is not SQL. */
            facts: components["schemas"]["SqlFacts"];
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description Chosen by the edge. */
            id: components["schemas"]["ReviewId"];
            /** @description The target's labels. */
            labels: components["schemas"]["BTreeMap"];
            /** @description The exact bound values. */
            parameters: components["schemas"]["Parameter"][];
            /** @description Who asks. */
            principal: components["schemas"]["Principal"];
            request?: components["schemas"]["RawOperation"] | null;
            /** @description When the edge held it. */
            requested_at: components["schemas"]["Timestamp"];
            /** @description Its session. */
            session_id: components["schemas"]["SessionId"];
            /** @description The target's name. */
            target: string;
            /** @description On what. */
            target_id: components["schemas"]["TargetId"];
            /** @description The exact SQL text that will run; of anything else a line for people. */
            text: string;
        };
        /**
         * @description The answer to a held action, to its withdrawal and to its use
         *     (`POST /api/v1/edge/reviews/{id}/withdraw`, `…/use`).
         */
        ReviewResponse: {
            decision?: components["schemas"]["ReviewDecision"] | null;
            /** @description Which. */
            id: components["schemas"]["ReviewId"];
            /** @description Its state now. `use` answers `used` to exactly one caller; to any other it is a 409. */
            state: components["schemas"]["ReviewState"];
        };
        /** @description Who must decide, and until when. */
        ReviewSpec: {
            /**
             * Format: int32
             * @description Seconds until it expires undecided.
             */
            expires_in: number;
            /**
             * Format: int32
             * @description Distinct people who must approve, never the requester; at least 1.
             */
            quorum: number;
            /** @description Why it is held, for the reviewer and for the client. */
            reason: string;
            /** @description Groups whose members may decide; empty for every reviewer. */
            reviewers?: string[];
        };
        /**
         * @description Where a review stands. Every state but `pending` and `approved` is final.
         * @enum {string}
         */
        ReviewState: "pending" | "approved" | "used" | "denied" | "expired" | "withdrawn";
        /** @description How the reviews go. */
        ReviewStatistics: {
            /**
             * Format: int64
             * @description Approved since midnight UTC.
             */
            approved_today: number;
            /**
             * Format: int64
             * @description Denied since midnight UTC.
             */
            denied_today: number;
            /**
             * Format: int64
             * @description Expired since midnight UTC.
             */
            expired_today: number;
            /**
             * Format: int64
             * @description Median of today's decisions, from held to decided, in milliseconds.
             */
            median_decision_ms?: number | null;
            /**
             * Format: int64
             * @description Waiting for anybody.
             */
            pending: number;
            /**
             * Format: int64
             * @description Waiting, and the caller may decide.
             */
            waiting_for_you: number;
        };
        /** @description A step of a review. */
        ReviewStep: {
            /** @description The action that is held. */
            action_id: components["schemas"]["ActionId"];
            /** @description Their comment. */
            comment?: string | null;
            /** @description Who decided. */
            decided_by?: string | null;
            decision?: components["schemas"]["Decision"] | null;
            /** @description SHA-256 over the exact bytes that will run, in hex. */
            digest: string;
            grant?: components["schemas"]["GrantRef"] | null;
            operation?: components["schemas"]["RecordedOperation"] | null;
            /** @description The review. */
            review_id: components["schemas"]["ReviewId"];
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
            /** @description Its state after the step. */
            state: components["schemas"]["ReviewState"];
        };
        /** @description What everybody sees of a review. */
        ReviewSummary: {
            /** @description The action that is held. */
            action_id: components["schemas"]["ActionId"];
            /**
             * Format: int32
             * @description How many have.
             */
            approvals: number;
            /** @description Its worst effect. */
            class: components["schemas"]["StatementClass"];
            decided_at?: components["schemas"]["Timestamp"] | null;
            /** @description Its name. */
            edge: string;
            /** @description The edge that holds the action. */
            edge_id: components["schemas"]["EdgeId"];
            /** @description The text's first 300 characters. */
            excerpt: string;
            /** @description When it expires undecided. */
            expires_at: components["schemas"]["Timestamp"];
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description Which. */
            id: components["schemas"]["ReviewId"];
            /** @description What kind of operation it is: `sql`, `http`, `tool_call`, `shell`, `llm`, `mcp`. */
            kind: string;
            /** @description The target's labels. */
            labels: components["schemas"]["BTreeMap"];
            /** @description Whether the caller may decide it now. */
            may_decide: boolean;
            may_not_decide?: components["schemas"]["MayNotDecide"] | null;
            /** @description Who asks. */
            principal: components["schemas"]["Principal"];
            /**
             * Format: int32
             * @description Distinct people who must approve.
             */
            quorum: number;
            /** @description Why it is held. */
            reason: string;
            /** @description When the edge held it. */
            requested_at: components["schemas"]["Timestamp"];
            /** @description Groups whose members may decide; empty for every reviewer. */
            reviewers: string[];
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
            /** @description Where it stands. */
            state: components["schemas"]["ReviewState"];
            /** @description The target's name. */
            target: string;
            /** @description On what. */
            target_id: components["schemas"]["TargetId"];
        };
        /** @description What one person decided. */
        ReviewVote: {
            /** @description Why, in their words. */
            comment: string;
            /** @description When. */
            decided_at: components["schemas"]["Timestamp"];
            /** @description What. */
            decision: components["schemas"]["ReviewDecision"];
            /** @description Their e-mail address. */
            email: string;
            /** @description Their name. */
            user: string;
            /** @description Who. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Why a grant is revoked. */
        RevokeGrant: {
            /**
             * @description Why, up to 2,000 characters.
             * @default
             */
            reason?: string;
        };
        /**
         * @description A person's role. A person may have several; each allows what it allows, none forbids.
         * @enum {string}
         */
        Role: "admin" | "policy_author" | "reviewer" | "auditor" | "member";
        /** @description How a canary has done since it began, on all edges. */
        RolloutView: {
            /** @description Verdicts of what it replaces on the same actions. */
            baseline: components["schemas"]["VerdictCounts"];
            /** @description Its verdicts where it was obeyed. */
            canary: components["schemas"]["VerdictCounts"];
            /**
             * Format: int64
             * @description Decisions where it was obeyed.
             */
            decisions: number;
            /**
             * Format: int64
             * @description Those that it could not make.
             */
            failures: number;
            /** @description When it began. */
            started_at: components["schemas"]["Timestamp"];
        };
        /** @description `POST /api/v1/edge/rotate-key`: a fresh key in the place of the one that signs the request. */
        RotateKeyRequest: {
            /**
             * @description The new key's signature (RFC 8032) over `countersign-edge-key-v1\n`, the edge's id, a line
             *     break and the new key as above; base64.
             */
            proof: string;
            /** @description The new Ed25519 public key, base64. */
            public_key: string;
        };
        /** @description What one edge reports of one binding of the policy. */
        RunningPolicy: {
            /**
             * Format: int64
             * @description Decisions since the edge started.
             */
            decisions: number;
            /** @description The module's digest. */
            digest: string;
            /** @description Its name. */
            edge: string;
            /** @description The edge. */
            edge_id: components["schemas"]["EdgeId"];
            /** @description Why it could not be loaded, where it could not. */
            error?: string | null;
            /**
             * Format: int64
             * @description Traps, deadlines and limits since the edge started.
             */
            failures: number;
            /** @description When the edge said so. */
            reported_at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description The version that it runs.
             */
            version: number;
        };
        /** @description What a binding covers; the empty selector covers everything. */
        Selector: {
            /**
             * @description Any of these kinds of operation (`sql`).
             * @default []
             */
            operations?: string[];
            /**
             * @description Which principals.
             * @default {}
             */
            principals?: components["schemas"]["PrincipalSelector"];
            /**
             * @description Which targets.
             * @default {}
             */
            targets?: components["schemas"]["TargetSelector"];
        };
        /** @description A session with what a list leaves out. */
        Session: components["schemas"]["SessionSummary"] & {
            /** @description The credential that opened it. */
            credential_id: components["schemas"]["CredentialId"];
            /** @description Reviews of its actions, oldest first. */
            reviews: components["schemas"]["ReviewId"][];
            /** @description Tokens by the model that answered, the most first. */
            usage: components["schemas"]["UsageTotal"][];
        };
        /** @description What is known of who acts, or on what, changed within a session. */
        SessionChanged: {
            /** @description What happens from now on where no policy takes a side. */
            default_verdict?: components["schemas"]["DefaultVerdict"];
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description The target's labels, as of now. */
            labels?: components["schemas"]["BTreeMap"];
            /** @description Who, as of now. */
            principal: components["schemas"]["Principal"];
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
            /** @description The target's name, as of now. */
            target: string;
        };
        /** @description A session ended. */
        SessionClosed: {
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description `client_closed`, `upstream_closed`, `protocol_violation`, `revoked`, `shutdown`, …. */
            reason: string;
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
        };
        /** @description What happened in a session, in numbers. */
        SessionCounts: {
            /**
             * Format: int64
             * @description Actions tried; each is one of allowed, masked, held or denied.
             */
            actions: number;
            /**
             * Format: int64
             * @description Ran, and nothing that came back was masked.
             */
            allowed: number;
            /**
             * Format: int64
             * @description Refused without asking people.
             */
            denied: number;
            /**
             * Format: int64
             * @description Ran, and the server answered with an error.
             */
            failed: number;
            /**
             * Format: int64
             * @description Held for people, however that ended.
             */
            held: number;
            /**
             * Format: int64
             * @description Ran, and at least one value that came back was masked.
             */
            masked: number;
            /**
             * Format: int64
             * @description Values masked.
             */
            masked_values: number;
            /**
             * Format: int64
             * @description Rows returned.
             */
            rows: number;
        };
        /**
         * Format: uuid
         * @description One client connection, from sign-in to close.
         */
        SessionId: string;
        /** @description A client signed in. */
        SessionOpened: {
            /** @description What the client calls itself (`application_name`), where it does. */
            application?: string | null;
            /** @description The client's address. */
            client: string;
            /** @description With which credential. */
            credential_id: components["schemas"]["CredentialId"];
            /** @description What happened at that time where no policy took a side. */
            default_verdict?: components["schemas"]["DefaultVerdict"];
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description The target's labels at that time. */
            labels?: components["schemas"]["BTreeMap"];
            /** @description Who. */
            principal: components["schemas"]["Principal"];
            /** @description `postgres`. */
            protocol: string;
            /** @description The session. */
            session_id: components["schemas"]["SessionId"];
            /** @description The target's name. */
            target: string;
            /** @description To what. */
            target_id: components["schemas"]["TargetId"];
            /** @description Whether the client's connection is encrypted. */
            tls: boolean;
        };
        /** @description One client connection, from sign-in to close. */
        SessionSummary: {
            /** @description What the client calls itself. */
            application?: string | null;
            /** @description The client's address. */
            client: string;
            /** @description Why it ended. */
            close_reason?: string | null;
            closed_at?: components["schemas"]["Timestamp"] | null;
            /** @description What happened in it. */
            counts: components["schemas"]["SessionCounts"];
            /** @description Its name. */
            edge: string;
            /** @description The edge that served it. */
            edge_id: components["schemas"]["EdgeId"];
            grant?: components["schemas"]["GrantRef"] | null;
            /** @description Which. */
            id: components["schemas"]["SessionId"];
            /** @description The target's labels at that time. */
            labels: components["schemas"]["BTreeMap"];
            /** @description Its last event. */
            last_event_at: components["schemas"]["Timestamp"];
            /** @description When it began. */
            opened_at: components["schemas"]["Timestamp"];
            /** @description Who. */
            principal: components["schemas"]["Principal"];
            /** @description The kind of the target, such as `postgres`. */
            protocol: string;
            /** @description The target's name. */
            target: string;
            /** @description To what. */
            target_id: components["schemas"]["TargetId"];
            /** @description Whether the client's connection is encrypted. */
            tls: boolean;
        };
        /** @description A one-time link's token. */
        SignIn: {
            /** @description `csl_…`, from the fragment of the link. */
            token: string;
        };
        /** @description A link that signs its bearer in, once. */
        SignInLink: {
            /** @description When it stops working. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description The link; shown here alone. */
            url: string;
        };
        /** @description The ways in. */
        SignInOptions: {
            /** @description Whether one-time links work. */
            links: boolean;
            oidc?: components["schemas"]["SignInProviderButton"] | null;
        };
        /** @description The identity provider as it is configured. */
        SignInProvider: {
            /** @description Who the control plane is there. */
            client_id?: string | null;
            /** @description Whether there is one. */
            configured: boolean;
            default_role?: components["schemas"]["Role"] | null;
            /** @description Whether signing out here can sign out there. */
            ends_sessions: boolean;
            /** @description The claim that lists groups. */
            groups_claim?: string | null;
            /** @description The issuer. */
            issuer?: string | null;
            /** @description Whether one-time links work. */
            links: boolean;
            /** @description What the button says. */
            name?: string | null;
            problem?: components["schemas"]["TestProblem"] | null;
            /** @description Whether it answers now. */
            reachable: boolean;
            /** @description What to register at the provider. */
            redirect_uris: components["schemas"]["RedirectUris"];
            /** @description What groups may do. */
            roles: components["schemas"]["ProviderRule"][];
            /** @description What it asks for. */
            scopes: string[];
            /** @description Whether it tells when somebody signs out elsewhere. */
            tells_of_logouts: boolean;
        };
        /** @description The way to the identity provider. */
        SignInProviderButton: {
            /** @description What the button says. */
            name: string;
            /** @description Where it leads; takes `?return_to=` with a local path. */
            start_url: string;
        };
        /** @description What came of a sign-in that signs nobody in. */
        SignInTest: {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            result?: components["schemas"]["TestResult"] | null;
            /** @description When it began. */
            started_at: components["schemas"]["Timestamp"];
        };
        /** @description An author's signature on a version. */
        SignatureView: {
            /** @description When it came. */
            created_at: components["schemas"]["Timestamp"];
            /** @description The author's Ed25519 public key, base64. */
            key: string;
            /** @description The signature, base64. */
            signature: string;
        };
        /** @description A bundle as it crosses the wire: the exact bytes that were signed, and the signature. */
        SignedBundle: {
            /** @description How the key that signed it came to be the one, oldest first. */
            handovers?: components["schemas"]["KeyHandover"][];
            /** @description The bundle's JSON text, as signed. */
            payload: string;
            /** @description Ed25519 signature (RFC 8032) over `countersign-bundle-v1\n` and the payload, base64. */
            signature: string;
        };
        /** @description The person who is signed in. */
        SignedInUser: {
            /** @description Their e-mail address, lower case. */
            email: string;
            /** @description Groups whose reviews they may decide. An admin counts as a member of every group. */
            groups: string[];
            /** @description Who. */
            id: components["schemas"]["UserId"];
            /** @description Their name. */
            name: string;
            review_scope?: components["schemas"]["BTreeMap"] | null;
            /** @description What they may do. */
            roles: components["schemas"]["BTreeSet"];
        };
        /** @description Signed out here. */
        SignedOut: {
            /** @description Where to end the session at the identity provider too; null where there is none. */
            end_session_url?: string | null;
        };
        /** @description Bytes before and after. */
        SizeDiff: {
            /**
             * Format: int64
             * @description Of this version.
             */
            after: number;
            /**
             * Format: int64
             * @description Of the version before.
             */
            before: number;
        };
        /**
         * @description Who says who a person is.
         * @enum {string}
         */
        Source: "local" | "oidc";
        /** @description The facts of a SQL text, statement by statement, in order. */
        SqlFacts: {
            /** @description One entry a statement; empty for an empty query. */
            statements: components["schemas"]["SqlStatement"][];
        };
        /** @description The facts of one statement. */
        SqlStatement: {
            /** @description Its worst effect. */
            class: components["schemas"]["StatementClass"];
            /**
             * @description The part of `columns_read` that decides which rows come or in which order: predicates, joins,
             *     grouping, ordering. They can tell a value without returning it.
             */
            columns_filtered?: components["schemas"]["Column"][];
            /** @description Columns read anywhere in the statement. */
            columns_read?: components["schemas"]["Column"][];
            /** @description Functions called, as named and folded. */
            functions?: string[];
            /** @description What it does, such as `select`, `delete`, `drop_table`, `copy_program`; sorted, no duplicates. */
            operations: string[];
            /**
             * @description Result columns with their sources, in order; empty when it returns none or when a `*` makes
             *     their number unknown to the text.
             */
            outputs?: components["schemas"]["OutputColumn"][];
            /** @description Session settings changed by SET, RESET or set_config, lower case; `all` for RESET/DISCARD ALL. */
            settings_changed?: string[];
            /** @description Tables read, as named and folded by PostgreSQL; CTE names excluded; sorted, no duplicates. */
            tables_read: string[];
            /** @description Tables written, likewise. */
            tables_written: string[];
            /**
             * @description Returns rows of at least one table with neither an effective predicate nor a LIMIT nor an
             *     aggregate over all of them.
             */
            unbounded_read: boolean;
            /** @description UPDATE, DELETE or MERGE without an effective predicate, anywhere in it. */
            unbounded_write: boolean;
        };
        /**
         * @description How far a binding has come.
         * @enum {string}
         */
        Stage: "draft" | "shadow" | "canary" | "enforced";
        /** @description A sign-in that signs nobody in. */
        StartedSignInTest: {
            /**
             * Format: uuid
             * @description Which.
             */
            id: string;
            /** @description Open it in this browser; it comes back to `/settings/sign-in?test=ID`. */
            url: string;
        };
        /**
         * @description The worst effect of a statement, from harmless to worst. `Unknown` is worst of all: what cannot
         *     be told must not be taken for something milder.
         * @enum {string}
         */
        StatementClass: "read" | "tx" | "session" | "write" | "admin" | "destructive" | "exec" | "unknown";
        /** @description A protected thing, as the policies see it. Where it is and how to sign in to it stays at the edge. */
        Target: {
            /** @description What it takes to get in. */
            access?: components["schemas"]["TargetAccess"];
            /** @description What happens when no bound policy takes a side. */
            default_verdict?: components["schemas"]["DefaultVerdict"];
            /** @description Stays the same when the target is renamed. */
            id: components["schemas"]["TargetId"];
            /** @description What it is. */
            kind: components["schemas"]["TargetKind"];
            /** @description Labels that selectors and policies may name. */
            labels?: components["schemas"]["BTreeMap"];
            /** @description The name clients connect to; unique. */
            name: string;
        };
        /**
         * @description What it takes to get in, beside a credential.
         * @enum {string}
         */
        TargetAccess: "standing" | "grant";
        /**
         * Format: uuid
         * @description A protected thing.
         */
        TargetId: string;
        /**
         * @description What a target is.
         * @enum {string}
         */
        TargetKind: "postgres" | "http" | "openai" | "anthropic" | "mcp" | "shell";
        /** @description Which targets. Every list that is not empty must match. */
        TargetSelector: {
            /**
             * @description Any of these kinds.
             * @default []
             */
            kinds?: components["schemas"]["TargetKind"][];
            /**
             * @description All of these labels; `*` matches any value of a label that is present.
             * @default {}
             */
            labels?: components["schemas"]["BTreeMap"];
            /**
             * @description Any of these names.
             * @default []
             */
            names?: string[];
        };
        /** @description A protected thing. */
        TargetView: components["schemas"]["Target"] & {
            /** @description When it was added. */
            created_at: components["schemas"]["Timestamp"];
            /** @description When it was last changed. */
            updated_at: components["schemas"]["Timestamp"];
        };
        /** @description Something that would have kept the person out. */
        TestProblem: {
            /** @description The code that a sign-in would have failed with. */
            code: string;
            /** @description What is wrong. */
            detail: string;
        };
        /** @description What came of a try of the provider. */
        TestResult: {
            /** @description Every claim that came back. */
            claims: {
                [key: string]: unknown;
            };
            /** @description The groups in them. */
            groups: string[];
            /** @description What would have kept the person out. */
            problems: components["schemas"]["TestProblem"][];
            review_scope?: components["schemas"]["BTreeMap"] | null;
            /** @description The roles that these groups would give. */
            roles: components["schemas"]["BTreeSet"];
        };
        /**
         * Format: date-time
         * @description A moment, in milliseconds since the Unix epoch, UTC.
         */
        Timestamp: string;
        /** @description Microseconds by step; absent steps were not reached. */
        Timing: {
            /**
             * Format: int64
             * @description Waiting for people.
             * @default null
             */
            hold_us?: number | null;
            /**
             * Format: int64
             * @description Making the intent durable.
             * @default null
             */
            journal_us?: number | null;
            /**
             * Format: int64
             * @description Judging.
             * @default null
             */
            judge_us?: number | null;
            /**
             * Format: int64
             * @description Parsing the text into facts.
             * @default null
             */
            parse_us?: number | null;
            /**
             * Format: int64
             * @description From the upstream's first byte sent to its last byte answered.
             * @default null
             */
            upstream_us?: number | null;
        };
        /** @description Tokens of several answers. */
        TokenTotals: components["schemas"]["TokenUsage"] & {
            /**
             * Format: int64
             * @description How many answers.
             */
            answers: number;
            /**
             * Format: int64
             * @description What they cost in micro-dollars, by the prices in the settings of the `budget` policies that are
             *     bound now; null where one of the models has none.
             */
            cost_micro_dollars?: number | null;
        };
        /** @description Tokens, as the model's provider counted them. */
        TokenUsage: {
            /**
             * Format: int64
             * @description Of the prompt's those that came from the provider's cache.
             * @default 0
             */
            cached?: number;
            /**
             * Format: int64
             * @description Of the prompt, those from the provider's cache included.
             * @default 0
             */
            input?: number;
            /**
             * Format: int64
             * @description Of the answer.
             * @default 0
             */
            output?: number;
        };
        /** @description A tool call as the policies see it. */
        ToolCallOperation: {
            /** @description The arguments. */
            arguments?: Record<string, unknown>;
            /** @description Whether the tool's definition differs from the pinned one. */
            definition_changed?: boolean;
            /** @description The MCP server, by the operator's name for it. */
            server?: string;
            /** @description The tool. */
            tool: string;
        };
        /** @description A tool's definition, as an MCP server gave it. */
        ToolDefinition: {
            /** @description SHA-256 over its canonical form, in lower-case hex. */
            digest: string;
            /** @description Its canonical JSON text, cut where it is very long. */
            text: string;
        };
        /**
         * @description A tool of an MCP server was seen for the first time and pinned, or is no longer what is pinned:
         *     then it is left out of lists and its calls are denied until a person accepts it.
         */
        ToolDefinitionChanged: {
            /** @description What the server gives now. */
            after: components["schemas"]["ToolDefinition"];
            before?: components["schemas"]["ToolDefinition"] | null;
            /** @description The server, by the operator's name for it. */
            server: string;
            session_id?: components["schemas"]["SessionId"] | null;
            /** @description The target's name. */
            target: string;
            /** @description The target. */
            target_id: components["schemas"]["TargetId"];
            /** @description The tool, by the server's name for it. */
            tool: string;
        };
        /**
         * Format: uuid
         * @description A tool of an MCP server, with its pinned definition.
         */
        ToolDefinitionId: string;
        /** @description A version with settings. */
        TrialBinding: {
            /** @description The version. */
            policy_version_id: components["schemas"]["PolicyVersionId"];
            /** @description Its settings; the schema's defaults where absent. */
            settings?: Record<string, unknown>;
        };
        /** @description By which policies. */
        TrialBindings: components["schemas"]["CurrentBindings"] | components["schemas"]["TrialBinding"][];
        /** @description Who tries it. */
        TrialPrincipal: {
            /**
             * @description Their claims.
             * @default {}
             */
            claims?: {
                [key: string]: string;
            };
            /**
             * @description Their groups.
             * @default []
             */
            groups?: string[];
            /**
             * @description Human, agent or service.
             * @default agent
             */
            kind?: components["schemas"]["PrincipalKind"];
            /**
             * @description Their name.
             * @default agent
             */
            name?: string;
            /**
             * @description The human for whom they act.
             * @default null
             */
            on_behalf_of?: string | null;
            /**
             * @description Who answers for them.
             * @default null
             */
            owner?: string | null;
        };
        /** @description On what it is tried. */
        TrialTarget: {
            /**
             * @description What happens where no policy takes a side.
             * @default deny
             */
            default_verdict?: components["schemas"]["DefaultVerdict"];
            /**
             * @description What it is.
             * @default postgres
             */
            kind?: components["schemas"]["TargetKind"];
            /**
             * @description Its labels.
             * @default {}
             */
            labels?: components["schemas"]["BTreeMap"];
            /**
             * @description Its name.
             * @default target
             */
            name?: string;
        };
        /** @description An issuer of workload identities. */
        TrustedIssuer: {
            /** @description What its tokens must name as `aud`. */
            audience: string;
            /** @description When it was added. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Which. */
            id: components["schemas"]["TrustedIssuerId"];
            /** @description What its tokens name as `iss`. */
            issuer: string;
            /** @description Where its keys are; null where its discovery document says so. */
            jwks_uri?: string | null;
            /** @description Its name. */
            name: string;
            /** @description Which principal a token stands for. */
            rules: components["schemas"]["IssuerRule"][];
            /** @description When it was last changed. */
            updated_at: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description An issuer of workload identities.
         */
        TrustedIssuerId: string;
        /** @description What to change; what is absent stays. */
        UpdateBinding: {
            /**
             * Format: int32
             * @description Of a canary: the part of the sessions that obey it.
             */
            canary_percent?: number | null;
            /** @description Why, up to 2,000 characters. */
            comment?: string;
            guard?: components["schemas"]["CanaryGuard"] | null;
            policy_version_id?: components["schemas"]["PolicyVersionId"] | null;
            /**
             * Format: int32
             * @description Its place in the order of evaluation.
             */
            position?: number | null;
            replaces?: components["schemas"]["BindingId"] | null;
            selector?: components["schemas"]["Selector"] | null;
            /** @description Settings, all of them. */
            settings?: Record<string, unknown> | null;
            stage?: components["schemas"]["Stage"] | null;
        };
        /** @description What to change; what is absent stays. */
        UpdatePolicySettings: {
            /** @description Why, up to 2,000 characters. */
            comment?: string;
            counter_split?: components["schemas"]["CounterSplit"] | null;
            /** @description Whether a change by an admin waits for another admin. */
            require_approval?: boolean | null;
        };
        /** @description What to change; what is absent stays. */
        UpdatePrincipal: {
            /** @description What the operator says of it. */
            claims?: {
                [key: string]: string;
            } | null;
            /** @description Groups that selectors and policies may name. */
            groups?: string[] | null;
            kind?: components["schemas"]["PrincipalKind"] | null;
            /** @description The name it signs in with. */
            name?: string | null;
            /** @description The human for whom it acts; null for nobody. */
            on_behalf_of?: string | null;
            /** @description Who answers for it; null for nobody. */
            owner?: string | null;
            /** @description What it is for. */
            purpose?: string | null;
        };
        /** @description What to change; what is absent stays. */
        UpdateTarget: {
            access?: components["schemas"]["TargetAccess"] | null;
            default_verdict?: components["schemas"]["DefaultVerdict"] | null;
            labels?: components["schemas"]["BTreeMap"] | null;
            /** @description The name clients connect to. */
            name?: string | null;
        };
        /** @description What to change; what is absent stays. Another issuer is another entry. */
        UpdateTrustedIssuer: {
            /** @description What its tokens must name as `aud`. */
            audience?: string | null;
            /** @description Where its keys are; null to have them found. */
            jwks_uri?: string | null;
            /** @description Its name. */
            name?: string | null;
            /** @description Which principal a token stands for. */
            rules?: components["schemas"]["IssuerRule"][] | null;
        };
        /** @description What to change; what is absent stays. */
        UpdateUser: {
            /** @description Whether they are disabled. Disabling ends their sessions and tokens for good. */
            disabled?: boolean | null;
            /** @description Groups whose reviews they may decide. */
            groups?: string[] | null;
            /** @description Their name. */
            name?: string | null;
            review_scope?: components["schemas"]["BTreeMap"] | null;
            roles?: components["schemas"]["BTreeSet"] | null;
        };
        /**
         * @description By what tokens are told.
         * @enum {string}
         */
        UsageGroup: "principal" | "target" | "model" | "grant";
        /** @description What models were asked for, in tokens. */
        UsageReport: {
            /** @description Told by what. */
            group_by: components["schemas"]["UsageGroup"];
            /** @description By who, where or what: the 200 with the most tokens. */
            groups: components["schemas"]["UsageTotal"][];
            /** @description From here on. */
            since: components["schemas"]["Timestamp"];
            /** @description All together. */
            total: components["schemas"]["TokenTotals"];
        };
        /** @description The tokens of one principal, target, model or grant. */
        UsageTotal: components["schemas"]["TokenTotals"] & {
            /** @description The name, of a grant its id; empty for answers under no grant, or of no named model. */
            key: string;
            /** @description What people call it: the name, of a grant its task. */
            label: string;
        };
        /** @description A person who signs in to the control plane. */
        User: {
            /** @description When they were added. */
            created_at: components["schemas"]["Timestamp"];
            disabled_at?: components["schemas"]["Timestamp"] | null;
            /** @description Their e-mail address, lower case; unique. */
            email: string;
            /** @description Groups whose reviews they may decide. */
            groups: string[];
            /** @description Who. */
            id: components["schemas"]["UserId"];
            last_sign_in_at?: components["schemas"]["Timestamp"] | null;
            /** @description Their name. */
            name: string;
            review_scope?: components["schemas"]["BTreeMap"] | null;
            /** @description What they may do. */
            roles: components["schemas"]["BTreeSet"];
            /** @description Who says who they are. */
            source: components["schemas"]["Source"];
        };
        /**
         * Format: uuid
         * @description A person who signs in to the control plane.
         */
        UserId: string;
        /** @description A value that is otherwise. */
        ValueDiff: {
            /** @description What it is; null where it is gone. */
            after?: Record<string, unknown> | null;
            /** @description What it was; null where it was not there. */
            before?: Record<string, unknown> | null;
            /** @description JSON pointer to it. */
            path: string;
        };
        /** @description What one policy says of one action. */
        Verdict: "abstain" | {
            /** @description It takes no side on whether, only on how: should the action run, then under these conditions. */
            oblige: components["schemas"]["Obligations"];
        } | {
            /** @description Allowed, under conditions where there are any. */
            allow: components["schemas"]["Obligations"];
        } | {
            /** @description People decide. */
            review: components["schemas"]["ReviewSpec"];
        } | {
            /** @description Refused. */
            deny: string;
        };
        /** @description What verdicts a policy gave, since the edge started. */
        VerdictCounts: {
            /**
             * Format: int64
             * @description Nothing to say, or conditions alone.
             * @default 0
             */
            abstain?: number;
            /**
             * Format: int64
             * @description Allowed.
             * @default 0
             */
            allow?: number;
            /**
             * Format: int64
             * @description Refused.
             * @default 0
             */
            deny?: number;
            /**
             * Format: int64
             * @description Could not say: refused.
             * @default 0
             */
            failed?: number;
            /**
             * Format: int64
             * @description Held.
             * @default 0
             */
            review?: number;
        };
        /** @description What two versions have otherwise. */
        VersionDiff: {
            /** @description What they import from the host. */
            imports: components["schemas"]["ImportDiff"];
            /** @description Values of the manifest, the settings' schema left out. */
            manifest: components["schemas"]["ValueDiff"][];
            /** @description Values of the settings' schema. */
            settings_schema: components["schemas"]["ValueDiff"][];
            /** @description Their bytes. */
            size: components["schemas"]["SizeDiff"];
            /** @description Of texts: a unified diff; null where they are no texts. */
            text?: string | null;
        };
        /**
         * Format: binary
         * @description A WebAssembly component's bytes.
         */
        WasmModule: string;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_action: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which: its id, or the short form of a recent one */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The action */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainedAction"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_alerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Open alerts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PolicyChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit_events: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Of this kind; with a dot at its end, of this family of kinds (`sign_in.`). */
                kind?: string;
                /** @description Later than this. */
                after?: components["schemas"]["Timestamp"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What happened */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditEvent"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_bindings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Bindings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_BindingView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_binding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateBinding"];
            };
        };
        responses: {
            /** @description The binding */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BindingView"];
                };
            };
            /** @description The change waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_binding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["BindingId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The binding */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BindingView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_binding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["BindingId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_binding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["BindingId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateBinding"];
            };
        };
        responses: {
            /** @description The binding */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BindingView"];
                };
            };
            /** @description The change waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_credential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["CredentialId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_documents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Documents */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DocumentSummary"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_document: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateDocument"];
            };
        };
        responses: {
            /** @description The document */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentSummary"];
                };
            };
            /** @description The change waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Document"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_document_content: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document's content */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_edge_bundle: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bundle */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedBundle"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_edge_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description SHA-256 in hex */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    enroll_edge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrollRequest"];
            };
        };
        responses: {
            /** @description Enrolled */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrollResponse"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_edge_events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventBatch"];
            };
        };
        responses: {
            /** @description Committed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventAck"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    follow_edge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One message an event; the event's name is the message's type */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["FollowEvent"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_edge_module: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description SHA-256 in hex */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The component */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/wasm": components["schemas"]["WasmModule"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_edge_review: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReviewRequest"];
            };
        };
        responses: {
            /** @description Held */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewResponse"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    use_edge_review: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ReviewId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Used */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewResponse"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_edge_review: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ReviewId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where it stands now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewResponse"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_edge_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateKeyRequest"];
            };
        };
        responses: {
            /** @description It is the edge's key now */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_edge_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EdgeStatus"];
            };
        };
        responses: {
            /** @description Noted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_edges: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Edges */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Edge"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_edge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["EdgeId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The edge */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Edge"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_edge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["EdgeId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description The edge that recorded them; the only one where absent. */
                edge_id?: components["schemas"]["EdgeId"];
                /** @description The journal's epoch; the newest where absent. */
                epoch?: number;
                /** @description Only those behind this sequence number. */
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ChainedEvent"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_grants: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those in this state. */
                state?: components["schemas"]["GrantState"];
                /** @description Only those that the caller asked for, holds or is behind. Members and principals see no others. */
                mine?: boolean;
                /** @description Only those of the principal with this name. */
                principal?: string;
                /** @description Only those on the target with this name. */
                target?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Grants */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_grant: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateGrant"];
            };
        };
        responses: {
            /** @description What came of it */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    break_glass: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BreakGlass"];
            };
        };
        responses: {
            /** @description The grant, in force */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_grant_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Targets and principals */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantOptions"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The grant */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecideGrant"];
            };
        };
        responses: {
            /** @description The grant after the decision */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    complete_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The grant, completed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_grant_credential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateGrantCredential"];
            };
        };
        responses: {
            /** @description The credential */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantCredential"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deny_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecideGrant"];
            };
        };
        responses: {
            /** @description The grant after the decision */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeGrant"];
            };
        };
        responses: {
            /** @description The grant, revoked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["GrantId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The request, withdrawn */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_join_tokens: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Join tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_JoinTokenView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_join_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateJoinToken"];
            };
        };
        responses: {
            /** @description The token */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedJoinToken"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_join_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["JoinTokenId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One message an event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveMessage"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_locks: {
        parameters: {
            query?: {
                /** @description Whether those that were lifted or have expired are listed too. */
                lifted?: boolean;
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Locks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_LockView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_lock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateLock"];
            };
        };
        responses: {
            /** @description The lock */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LockView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_lock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["LockId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lifted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_authorization: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateAuthorization"];
            };
        };
        responses: {
            /** @description Where to go */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Authorization"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_device: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The code that it shows */
                user_code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The program */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve_device: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The code that it shows */
                user_code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Approved */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deny_device: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The code that it shows */
                user_code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Denied */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_policies: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Policies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PolicySummary"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_policy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PolicyId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The policy */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_policy_activity: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PolicyId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it did */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyActivity"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back_policy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PolicyId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeComment"];
            };
        };
        responses: {
            /** @description The change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyChange"];
                };
            };
            /** @description It waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_policy_changes: {
        parameters: {
            query?: {
                /** @description Those that stand there. */
                state?: components["schemas"]["PolicyChangeState"];
                /** @description Those that touch this policy. */
                policy_id?: string;
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Changes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PolicyChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_policy_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ChangeId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledge_policy_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ChangeId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decide_policy_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ChangeId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecideChange"];
            };
        };
        responses: {
            /** @description The change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_policy_sets: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Policy sets */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PolicySetSummary"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_policy_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A revision of the bundle */
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The policy set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicySet"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_policy_set: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The policy set's own revision */
                revision: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeComment"];
            };
        };
        responses: {
            /** @description The change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyChange"];
                };
            };
            /** @description It waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_policy_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicySettings"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_policy_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdatePolicySettings"];
            };
        };
        responses: {
            /** @description The settings */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicySettings"];
                };
            };
            /** @description The change waits for another admin */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PendingChange"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_policy_source: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreatePolicySource"];
            };
        };
        responses: {
            /** @description The version that this text is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersion"];
                };
            };
            /** @description The new version */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersion"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_policy_trial: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTrial"];
            };
        };
        responses: {
            /** @description What would happen */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyTrial"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_policy_version: {
        parameters: {
            query?: {
                /** @description What changed, up to 2,000 characters. */
                changelog?: string;
                /** @description Where its source is: an address that begins with https:// or http://. */
                source_url?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/wasm": components["schemas"]["WasmModule"];
            };
        };
        responses: {
            /** @description The version that these bytes are */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersion"];
                };
            };
            /** @description The new version */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersion"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_policy_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PolicyVersionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersion"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    diff_policy_versions: {
        parameters: {
            query: {
                /** @description The version before. */
                against: string;
            };
            header?: never;
            path: {
                /** @description The version after */
                id: components["schemas"]["PolicyVersionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is otherwise */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionDiff"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_policy_version_module: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PolicyVersionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The component */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/wasm": components["schemas"]["WasmModule"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_policy_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PolicyVersionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuthorSignature"];
            };
        };
        responses: {
            /** @description The version */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyVersion"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_principals: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Principals */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PrincipalView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_principal: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreatePrincipal"];
            };
        };
        responses: {
            /** @description The principal */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrincipalView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_principal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PrincipalId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The principal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrincipalView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_principal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PrincipalId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_principal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["PrincipalId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdatePrincipal"];
            };
        };
        responses: {
            /** @description The principal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrincipalView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_credentials: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose */
                id: components["schemas"]["PrincipalId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The credentials */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Credential"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_credential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose */
                id: components["schemas"]["PrincipalId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateCredential"];
            };
        };
        responses: {
            /** @description The credential */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedCredential"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_principal_keys: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose */
                id: components["schemas"]["PrincipalId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PrincipalKey"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_principal_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose */
                id: components["schemas"]["PrincipalId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreatePrincipalKey"];
            };
        };
        responses: {
            /** @description The key */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrincipalKey"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_principal_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose */
                id: components["schemas"]["PrincipalId"];
                /** @description Which */
                kid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_replays: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Replays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ReplaySummary"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_replay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewReplay"];
            };
        };
        responses: {
            /** @description It has begun */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayBegun"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_replay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ReplayId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_replay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ReplayId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It stops, or has ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_review_statistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Numbers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReviewStatistics"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_reviews: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Only those in this state. */
                state?: components["schemas"]["ReviewState"];
                /** @description Only those of this session. */
                session_id?: components["schemas"]["SessionId"];
                /** @description Only those of this kind of operation, such as `http`. */
                kind?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Reviews */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ReviewSummary"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_review: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ReviewId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The review */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_review_decision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ReviewId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateReviewDecision"];
            };
        };
        responses: {
            /** @description The review after the decision */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Review"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is signed in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CurrentSession"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Signed in */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CurrentSession"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description The principal's name. */
                principal?: string;
                /** @description The target's name. */
                target?: string;
                /** @description The kind of the target, such as `openai`. */
                kind?: components["schemas"]["TargetKind"];
                /** @description Only those with at least one action that ended so. */
                effect?: components["schemas"]["Effect"];
                /** @description Only open ones, or only closed ones. */
                open?: boolean;
                /** @description Only those that began at or after this time. */
                since?: components["schemas"]["Timestamp"];
                /** @description Only those that began under this grant. */
                grant?: components["schemas"]["GrantId"];
                /** @description Only those whose principal, target, application or client contains this, ignoring case. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SessionSummary"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_recorded_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_session_events: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["SessionId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ChainedEvent"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_sign_in_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ways in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInOptions"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_sign_in_provider: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The provider */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInProvider"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_sign_in_provider: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where to go */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedSignInTest"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_sign_in_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The test */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInTest"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedOut"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_targets: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Targets */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TargetView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_target: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateTarget"];
            };
        };
        responses: {
            /** @description The target */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_target: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["TargetId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The target */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_target: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["TargetId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_target: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["TargetId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateTarget"];
            };
        };
        responses: {
            /** @description The target */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TargetView"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_api_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ApiTokenId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tool_definitions: {
        parameters: {
            query?: {
                /** @description Only those whose server gives something else than what is pinned, or only the others. */
                changed?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tools */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PinnedTool"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    accept_tool_definition: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["ToolDefinitionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptTool"];
            };
        };
        responses: {
            /** @description The tool */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PinnedTool"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_trusted_issuers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The issuers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TrustedIssuer"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_trusted_issuer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateTrustedIssuer"];
            };
        };
        responses: {
            /** @description The issuer */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustedIssuer"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_trusted_issuer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["TrustedIssuerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Trusted no more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_trusted_issuer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["TrustedIssuerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateTrustedIssuer"];
            };
        };
        responses: {
            /** @description The issuer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustedIssuer"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_usage: {
        parameters: {
            query?: {
                /** @description From here on, the hour around it included; the last 30 days where absent. */
                since?: components["schemas"]["Timestamp"];
                /** @description By what; by principal where absent. */
                group_by?: "principal" | "target" | "model" | "grant";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageReport"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description Items a page, from 1 to 1000; 50 where absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description People */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_User"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_user: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateUser"];
            };
        };
        responses: {
            /** @description The person */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The person */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateUser"];
            };
        };
        responses: {
            /** @description The person */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_sign_in_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whom */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSignInLink"];
            };
        };
        responses: {
            /** @description The link */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInLink"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_api_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ApiToken"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_api_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whose */
                id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateApiToken"];
            };
        };
        responses: {
            /** @description The token */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedApiToken"];
                };
            };
            /** @description Refused, and why */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
