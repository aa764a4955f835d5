//! Several servers behind one endpoint.

use serde_json::json;

use crate::mcp::scene::{Scene, call, request};

#[tokio::test]
async fn names_say_whose_they_are() {
    let scene = Scene::new(|_, _| {}).await;
    let session = scene.begin("/joined", json!({})).await;
    let list = request(1, "tools/list", json!({}));
    let list = scene.post("/joined", Some(&session), &list).await.json();
    let tools = list["result"]["tools"].as_array().expect("tools");
    let names: Vec<_> = tools
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "files__echo",
            "files__refund",
            "files__drop_table",
            "mail__echo",
            "mail__refund",
            "mail__drop_table"
        ]
    );
    let answer = scene
        .post("/joined", Some(&session), &call(2, "mail__echo", json!({})))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(scene.server.calls()[0]["name"], "echo");
    for name in [
        "echo",
        "other__echo",
        "mail_echo",
        "mail__",
        "__echo",
        "Mail__echo",
    ] {
        let answer = scene
            .post("/joined", Some(&session), &call(3, name, json!({})))
            .await
            .json();
        let refused = answer["error"].is_object() || answer["result"]["isError"] == true;
        assert!(refused || name == "mail__", "{name}: {answer}");
    }
    let resources = request(4, "resources/list", json!({}));
    let resources = scene
        .post("/joined", Some(&session), &resources)
        .await
        .json();
    assert_eq!(resources["result"]["resources"][1]["uri"], "mail+file:///a");
    let read = request(5, "resources/read", json!({"uri": "mail+file:///a"}));
    let read = scene.post("/joined", Some(&session), &read).await.json();
    assert_eq!(read["result"]["contents"][0]["uri"], "mail+file:///a");
}

#[tokio::test]
async fn a_name_that_is_there_twice_is_nobodys() {
    let scene = Scene::new(|_, _| {}).await;
    {
        let mut tools = scene.server.tools.lock().expect("not poisoned");
        let second = crate::mcp::scene::tool("echo", "Another one.", json!({}));
        tools.push(second);
    }
    let session = scene.begin("/tools", json!({})).await;
    let list = scene
        .post(
            "/tools",
            Some(&session),
            &request(1, "tools/list", json!({})),
        )
        .await;
    let list = list.json();
    let tools = list["result"]["tools"].as_array().expect("tools");
    assert!(tools.iter().all(|tool| tool["name"] != "echo"), "{list}");
}
