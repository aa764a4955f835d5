//! Recorded decisions judged again, explained, and tried out.

use std::time::Duration;

use axum::http::Method;
use countersign_model::{Effect, Role};
use serde_json::{Value, json};

use super::{
    recorder::{Recorder, push},
    support::Plane,
};

const PRODUCTION: &str = "production";

/// Binds a version; the binding.
pub async fn bind(plane: &Plane, version: &Value, settings: Value, stage: &str) -> String {
    let body = json!({
        "policy_version_id": version["id"],
        "settings": settings,
        "stage": stage,
    });
    let bound = plane.post("/bindings", body).await.expect(201);
    bound["id"].as_str().unwrap().to_owned()
}

/// Asks for a replay and waits for its end.
pub async fn replay(plane: &Plane, body: Value) -> Value {
    let begun = plane.post("/replays", body).await.expect(202);
    let path = format!("/replays/{}", begun["id"].as_str().unwrap());
    for _ in 0..600 {
        let replay = plane.get(&path).await.expect(200);
        if replay["state"] != "running" {
            return replay;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the replay does not end");
}

fn groups(replay: &Value) -> Vec<(&str, &str, &str, u64, u64)> {
    let groups = replay["groups"].as_array().unwrap();
    groups
        .iter()
        .map(|group| {
            let word = |name: &str| group["key"][name].as_str().unwrap_or("-");
            (
                word("policy"),
                word("from"),
                word("to"),
                group["count"].as_u64().unwrap(),
                group["effect_changes"].as_u64().unwrap(),
            )
        })
        .collect()
}

/// A record with everything in it that may go wrong: refused, held and repeated statements, counters,
/// a shadow, a change of what is bound and of the target's labels within a session, several edges.
struct Recorded {
    plane: Plane,
    guard: Value,
    binding: String,
    held: String,
    repeated: String,
    decisions: u64,
}

async fn recorded() -> Recorded {
    let plane = Plane::start().await;
    let guard = push(&plane, "destructive-guard").await;
    let reads = push(&plane, "bulk-read-guard").await;
    let binding = bind(&plane, &guard, json!({}), "enforced").await;
    let budget = json!({"tables": ["customers"], "row_cap": 5, "budget": {"rows": 30, "window_seconds": 60}});
    bind(&plane, &reads, budget, "enforced").await;
    bind(&plane, &guard, json!({"deny_operations": ["*"]}), "shadow").await;

    let mut recorder = Recorder::new(&plane, "edge-1").await;
    let mut other = Recorder::new(&plane, "edge-2").await;
    let mut session = recorder.open(&plane, "release-bot", PRODUCTION).await;
    let mut beside = recorder.open(&plane, "backup-bot", "staging").await;
    let mut elsewhere = other.open(&plane, "release-bot", PRODUCTION).await;
    let (mut held, mut repeated) = (String::new(), String::new());
    let mut decisions = 0;
    for round in 0..6 {
        let sqls = [
            ("SELECT 1", Effect::Allow),
            ("SELECT 1", Effect::Allow),
            ("SELECT * FROM customers LIMIT 3", Effect::Allow),
            ("DELETE FROM orders WHERE id = 7", Effect::Review),
            ("DROP TABLE notes", Effect::Deny),
        ];
        for (sql, effect) in sqls {
            let (id, was) = recorder.run(&mut session, sql);
            if round == 0 {
                assert_eq!(was, effect, "{sql}");
            }
            if sql == "SELECT 1" {
                repeated = id.to_string();
            }
            if was == Effect::Review {
                held = id.to_string();
            }
            recorder.run(&mut beside, sql);
            other.run(&mut elsewhere, sql);
            decisions += 3;
        }
        if round == 2 {
            let strict = json!({"settings": {"quorum": 2}});
            let path = format!("/bindings/{binding}");
            plane.patch(&path, strict).await.expect(200);
            recorder.change(&plane, &mut session, PRODUCTION).await;
            recorder.change(&plane, &mut beside, PRODUCTION).await;
        }
    }
    recorder.close(session);
    recorder.ship(&plane, 9).await;
    other.ship(&plane, 1_000).await;
    plane.pass(60);
    Recorded {
        plane,
        guard,
        binding,
        held,
        repeated,
        decisions,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_decisions_come_out_the_same_and_candidates_show_what_they_change() {
    let Recorded {
        plane,
        guard,
        binding,
        decisions,
        ..
    } = recorded().await;
    let same = replay(&plane, json!({"since": 3600})).await;
    assert_eq!(same["state"], "done", "{same}");
    assert_eq!(same["judged"], decisions, "{same}");
    assert_eq!(
        (&same["differing"], &same["skipped"]),
        (&json!(0), &json!(0)),
        "{same}"
    );
    assert_eq!(
        (&same["progress"], &same["groups"]),
        (&json!(1.0), &json!([]))
    );

    // Whatever was held runs now: only the enforced binding's change is obeyed.
    let mild = json!({"review_operations": [], "review_unbounded": false, "review_classes": []});
    let candidate = json!({"binding_id": binding, "settings": mild});
    let changed = replay(&plane, json!({"since": 3600, "candidate": candidate})).await;
    // Three sessions hold a deletion in each round, but the one that was not guarded at first.
    let held = 6 + 3 + 6;
    let expected = [("destructive-guard", "review", "abstain", held, held)];
    assert_eq!(groups(&changed), expected, "{changed}");
    assert_eq!(changed["differing"], held);
    let examples = changed["groups"][0]["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 5);
    for example in examples {
        assert_eq!(example["text"], "DELETE FROM orders WHERE id = 7");
        assert_eq!(example["before"]["effect"], "review");
        assert_eq!(example["after"]["effect"], "allow");
    }

    let filters = [
        (
            json!({"since": 3600, "candidate": candidate, "principal": "backup-bot"}),
            3,
        ),
        (
            json!({"since": 3600, "candidate": candidate, "target": "shop-production"}),
            12,
        ),
        (
            json!({"since": 3600, "candidate": candidate, "principal": "nobody"}),
            0,
        ),
        (json!({"since": 30, "candidate": candidate}), 0),
    ];
    for (body, differing) in filters {
        let filtered = replay(&plane, body.clone()).await;
        assert_eq!(filtered["differing"], differing, "{body}: {filtered}");
    }
    let few = replay(&plane, json!({"since": 3600, "limit": 10})).await;
    let judged = few["judged"].as_u64().unwrap();
    assert!(
        (10..=11).contains(&judged),
        "each thread ends its statement: {judged}"
    );

    // A policy is judged with another setting in each of its bindings: the shadow as well.
    let strict = json!({"deny_classes": ["read"]});
    let candidate = json!({"policy_id": guard["policy_id"], "settings": strict});
    let changed = replay(&plane, json!({"since": 3600, "candidate": candidate})).await;
    assert!(changed["differing"].as_u64() > Some(held), "{changed}");
    let listed = plane.get("/replays?limit=2").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["items"][0]["id"], changed["id"]);
    assert_eq!(listed["items"][0]["policy"], "destructive-guard");
    assert_eq!(listed["items"][0].get("groups"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_is_explained() {
    let recorded = recorded().await;
    let plane = &recorded.plane;
    let path = format!("/actions/{}", recorded.held);
    let held = plane.get(&path).await.expect(200);
    assert_eq!(held["principal"]["name"], "release-bot");
    assert_eq!(held["target"]["labels"]["env"], PRODUCTION);
    assert_eq!(held["operation"]["text"], "DELETE FROM orders WHERE id = 7");
    assert_eq!(held["decision"]["effect"], "review");
    assert_eq!(held["edge"]["name"], "edge-1");
    assert_eq!(held["facts"]["statements"][0]["class"], "write");
    let kinds: Vec<&str> = held["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let expected = [
        "review",
        "review",
        "review",
        "action_intent",
        "action_outcome",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(held["outcome"]["status"], "completed");
    assert_eq!(held["timing"], json!({"judge_us": 7, "upstream_us": 900}));
    let policies = held["policies"].as_array().unwrap();
    let told: Vec<_> = policies
        .iter()
        .map(|policy| {
            (
                policy["policy"].as_str().unwrap(),
                policy["stage"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("destructive-guard", "enforced"),
        ("bulk-read-guard", "enforced"),
        ("destructive-guard", "shadow"),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        policies[0]["settings"],
        json!({"quorum": 2}),
        "as of that time"
    );
    assert!(policies[0]["reason"].is_string(), "{}", policies[0]);
    assert_eq!(policies[2]["settings"], json!({"deny_operations": ["*"]}));

    let repeated = plane.get(&format!("/actions/{}", recorded.repeated)).await;
    let repeated = repeated.expect(200);
    assert!(repeated["same_as"].is_string(), "{repeated}");
    assert_eq!(repeated["decision"]["effect"], "allow");
    assert_eq!(repeated["policies"].as_array().unwrap().len(), 3);

    let digits: String = recorded.held.chars().rev().take(6).collect();
    let digits: String = digits.chars().rev().collect();
    let short = format!("/actions/A-{}", digits.to_uppercase());
    assert_eq!(
        plane.get(&short).await.expect(200)["action_id"],
        held["action_id"]
    );
    for unknown in [
        "A-000000",
        "A-9F",
        "x",
        "019a3c1e-7b5d-7f00-8000-0123456789ab",
    ] {
        let answer = plane.get(&format!("/actions/{unknown}")).await;
        assert_eq!(answer.code(404), "not_found", "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_that_cannot_be_is_refused() {
    let plane = Plane::start().await;
    let guard = push(&plane, "destructive-guard").await;
    let other = push(&plane, "pii-mask").await;
    let policy = &guard["policy_id"];
    let nowhere = "019a3c1e-7b5d-7f00-8000-0123456789ab";
    let cases = [
        (json!({"since": 10, "until": 20}), 422),
        (json!({"limit": 0}), 422),
        (json!({"since": "yesterday"}), 422),
        (json!({"candidate": {}}), 422),
        (json!({"candidate": {"policy_id": policy}}), 422),
        (
            json!({"candidate": {"policy_id": policy, "binding_id": nowhere}}),
            422,
        ),
        (json!({"candidate": {"binding_id": nowhere}}), 404),
        (
            json!({"candidate": {"policy_id": policy, "policy_version_id": nowhere}}),
            404,
        ),
        (
            json!({"candidate": {"policy_id": policy, "policy_version_id": other["id"]}}),
            422,
        ),
        (json!({"target": "two words"}), 422),
    ];
    for (body, status) in cases {
        let answer = plane.post("/replays", body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
    }
    let wrong = json!({"policy_id": policy, "policy_version_id": guard["id"], "settings": {"quorum": "two"}});
    let answer = plane.post("/replays", json!({"candidate": wrong})).await;
    assert_eq!(answer.code(422), "invalid_settings");

    let (_, auditor) = plane.person("eve@example.com", Role::Auditor, &[]).await;
    let answer = plane
        .call(Method::POST, "/replays", &auditor, Some(json!({})))
        .await;
    assert_eq!(answer.code(403), "forbidden");
    assert_eq!(
        plane.get(&format!("/replays/{nowhere}")).await.code(404),
        "not_found"
    );
    let empty = replay(&plane, json!({})).await;
    assert_eq!(
        (&empty["state"], &empty["judged"]),
        (&json!("done"), &json!(0))
    );
    let path = format!("/replays/{}/cancel", empty["id"].as_str().unwrap());
    plane.post(&path, json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_judges_and_runs_nothing() {
    let plane = Plane::start().await;
    let guard = push(&plane, "destructive-guard").await;
    bind(&plane, &guard, json!({}), "enforced").await;
    let target = json!({"labels": {"env": PRODUCTION}, "default_verdict": "allow"});
    let trial = |operation: Value, bindings: Value| json!({"operation": operation, "target": target, "bindings": bindings});
    let these = json!([{"policy_version_id": guard["id"], "settings": {"deny_classes": ["read"]}}]);
    let cases = [
        (json!({"sql": "DROP TABLE t"}), json!("current"), "deny"),
        (json!({"sql": "SELECT 1"}), json!("current"), "allow"),
        (json!({"sql": "SELECT 1"}), these, "deny"),
        (json!({"sql": "DROP TABLE t"}), json!([]), "allow"),
        (
            json!({"http": {"method": "GET", "path": "/orders"}}),
            json!("current"),
            "allow",
        ),
    ];
    for (operation, bindings, effect) in cases {
        let body = trial(operation, bindings);
        let answer = plane.post("/policy_trials", body.clone()).await.expect(200);
        assert_eq!(answer["decision"]["effect"], effect, "{body}: {answer}");
        assert!(answer["facts"].is_object(), "{answer}");
    }
    let dropped = trial(json!({"sql": "DROP TABLE t"}), json!("current"));
    let answer = plane.post("/policy_trials", dropped).await.expect(200);
    let outcome = &answer["decision"]["policies"][0];
    assert_eq!(outcome["policy"], "destructive-guard");
    assert_eq!(answer["facts"]["statements"][0]["class"], "destructive");

    let broken = plane
        .post(
            "/policy_trials",
            trial(json!({"sql": "SELEKT 1"}), json!([])),
        )
        .await;
    assert_eq!(broken.code(422), "unparseable");
    let wrong = json!([{"policy_version_id": guard["id"], "settings": {"quorum": 0}}]);
    let refused = plane
        .post("/policy_trials", trial(json!({"sql": "SELECT 1"}), wrong))
        .await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/bindings/0/settings");
    assert_eq!(refused.code(422), "invalid_settings");
    let many: Vec<_> = (0..33)
        .map(|_| json!({"policy_version_id": guard["id"]}))
        .collect();
    let refused = plane
        .post(
            "/policy_trials",
            trial(json!({"sql": "SELECT 1"}), json!(many)),
        )
        .await;
    assert_eq!(refused.code(422), "invalid_body");
    let sessions = plane.get("/sessions").await.expect(200);
    assert_eq!(sessions["items"], json!([]));
}

#[tokio::test]
async fn what_edges_report_is_a_policys_activity() {
    let plane = Plane::start().await;
    let guard = push(&plane, "destructive-guard").await;
    let binding = bind(&plane, &guard, json!({}), "enforced").await;
    let (one, two) = (plane.edge("edge-1").await, plane.edge("edge-2").await);
    let status = |allow: u64, failures: u64, p50: u32| {
        json!({
            "version": "0.1.0",
            "started_at": "2026-11-22T14:02:00Z",
            "at": "2026-11-22T14:02:11Z",
            "bundle_revision": 1,
            "policies": [{
                "binding_id": binding,
                "policy": "destructive-guard",
                "version": 1,
                "digest": guard["digest"],
                "stage": "enforced",
                "readiness": "preparing",
                "wanted_version": 2,
                "decisions": allow,
                "failures": failures,
                "last_failure": (failures > 0).then_some("the policy trapped"),
                "verdicts": {"allow": allow, "failed": failures},
                "p50_us": p50,
                "p99_us": 10 * p50,
            }],
            "targets": [],
            "listeners": [],
            "sessions": 0,
            "spool_records": 0,
            "spool_bytes": 0,
            "resident_bytes": 1,
        })
    };
    let reports = [(&one, 5, 0, 9), (&two, 7, 1, 20)];
    for (edge, allow, failures, p50) in reports {
        let body = Some(status(allow, failures, p50));
        let answer = plane
            .as_edge(edge, Method::POST, "/edge/status", body)
            .await;
        assert_eq!(answer.status.as_u16(), 204, "{}", answer.body);
    }
    plane.pass(60);
    let body = Some(status(25, 0, 9));
    plane
        .as_edge(&one, Method::POST, "/edge/status", body)
        .await;

    let path = format!(
        "/policies/{}/activity",
        guard["policy_id"].as_str().unwrap()
    );
    let activity = plane.get(&path).await.expect(200);
    let minutes = activity["per_minute"].as_array().unwrap();
    assert_eq!(minutes.len(), 60);
    let last: Vec<_> = minutes[58..]
        .iter()
        .map(|minute| (minute["allow"].as_u64(), minute["failed"].as_u64()))
        .collect();
    assert_eq!(last, [(Some(12), Some(1)), (Some(20), Some(0))]);
    assert_eq!(
        (&activity["p50_us"], &activity["p99_us"]),
        (&json!(20), &json!(200))
    );
    assert_eq!(activity["failures"], 1);
    assert_eq!(activity["last_failure"], "the policy trapped");
    let edges = activity["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 2);
    assert_eq!(
        (&edges[0]["readiness"], &edges[0]["wanted_version"]),
        (&json!("preparing"), &json!(2))
    );
    let missing = plane
        .get("/policies/019a3c1e-7b5d-7f00-8000-0123456789ab/activity")
        .await;
    assert_eq!(missing.code(404), "not_found");
}
