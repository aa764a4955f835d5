//! What is allowed works as without the edge.

use futures::{StreamExt as _, pin_mut};
use tokio_postgres::SimpleQueryMessage;

use crate::{
    postgres::{
        raw::{Raw, bind, execute, message, parse, query, startup, sync},
        world::{World, code},
    },
    support::SECRET,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_does_its_work() {
    let world = World::new(&[]).await;
    let mut client = world.client().await;
    let row = client
        .query_one(
            "SELECT $1::int + 1, $2::text, $3::bool",
            &[&41, &"x", &true],
        )
        .await
        .expect("a row");
    assert_eq!((row.get::<_, i32>(0), row.get::<_, &str>(1)), (42, "x"));
    let simple = client
        .simple_query("SELECT 1; SELECT 'a'; ;")
        .await
        .expect("rows");
    let rows = simple
        .iter()
        .filter(|m| matches!(m, SimpleQueryMessage::Row(_)));
    assert_eq!(rows.count(), 2);

    let transaction = client.transaction().await.expect("begins");
    transaction
        .execute("INSERT INTO orders VALUES (1000, 1, 'new')", &[])
        .await
        .expect("inserts");
    transaction.rollback().await.expect("rolls back");
    let count: i64 = client
        .query_one("SELECT count(*) FROM orders", &[])
        .await
        .expect("counts")
        .get(0);
    assert_eq!(count, 50);

    let error = client.query("SELECT 1/0", &[]).await.expect_err("fails");
    assert_eq!(code(&error), "22012");
    let error = client
        .simple_query("SELECT nothing FROM nowhere")
        .await
        .expect_err("fails");
    assert_eq!(code(&error), "42P01");

    let statement = client
        .prepare("SELECT n FROM big WHERE n <= $1 ORDER BY n")
        .await
        .expect("prepares");
    let (first, second) = tokio::join!(
        client.query(&statement, &[&3]),
        client.query(&statement, &[&5])
    );
    assert_eq!(
        (first.expect("rows").len(), second.expect("rows").len()),
        (3, 5)
    );
    let rows = client
        .query_raw(&statement, &[&20_000])
        .await
        .expect("streams");
    pin_mut!(rows);
    let mut count = 0;
    while let Some(row) = rows.next().await {
        row.expect("a row");
        count += 1;
    }
    assert_eq!(count, 20_000);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_is_by_credential() {
    let world = World::new(&[]).await;
    for (user, secret, database, expected) in [
        ("agent", "csp_wrong", "shop", "28P01"),
        ("nobody", SECRET, "shop", "28P01"),
        ("agent", SECRET, "warehouse", "3D000"),
    ] {
        let mut raw = Raw::open(world.address).await;
        raw.send(&startup(&[("user", user), ("database", database)]))
            .await;
        assert_eq!(raw.next().await.expect("asked").tag, 'R');
        raw.send(&message(b'p', format!("{secret}\0").as_bytes()))
            .await;
        let answer = raw.next().await.expect("an answer");
        assert_eq!(
            (answer.tag, answer.code().as_str()),
            ('E', expected),
            "{user} {database}"
        );
        assert_eq!(raw.next().await, None);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_are_answered_in_order() {
    let world = World::new(&[]).await;
    let mut raw = Raw::signed_in(world.address).await;
    let mut pipeline = Vec::new();
    for n in 0..3 {
        pipeline.extend(parse("", &format!("SELECT {n}")));
        pipeline.extend(bind("", ""));
        pipeline.extend(execute(""));
    }
    pipeline.extend(sync());
    pipeline.extend(query("SELECT 9; SELECT 10"));
    pipeline.extend(parse("", ""));
    pipeline.extend(bind("", ""));
    pipeline.extend(execute(""));
    pipeline.extend(sync());
    raw.send(&pipeline).await;
    assert_eq!(raw.tags().await, "12DC12DC12DCZI");
    assert_eq!(raw.tags().await, "TDCTDCZI");
    assert_eq!(raw.tags().await, "12IZI");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_server_skips_to_the_sync() {
    let world = World::new(&[]).await;
    let mut raw = Raw::signed_in(world.address).await;
    let pipeline = [
        parse("", "INSERT INTO orders VALUES (2000, 1, 'x')"),
        bind("", ""),
        execute(""),
        parse("", "SELECT 1 / (0 * random())::int"),
        bind("", ""),
        execute(""),
        parse("", "INSERT INTO orders VALUES (2001, 1, 'x')"),
        bind("", ""),
        execute(""),
        sync(),
        query("SELECT count(*) FROM orders WHERE id >= 2000"),
    ]
    .concat();
    raw.send(&pipeline).await;
    assert_eq!(raw.tags().await, "12C12EZI");
    let answers = raw.until_ready().await;
    assert_eq!(&answers[1].body[6..], b"0");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_request_reaches_the_server() {
    let world = World::new(&[]).await;
    let client = world.client().await;
    let token = client.cancel_token();
    let (slept, cancelled) = tokio::join!(client.query("SELECT pg_sleep(30)", &[]), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        token.cancel_query(tokio_postgres::NoTls).await
    });
    cancelled.expect("accepted");
    assert_eq!(code(&slept.expect_err("cancelled")), "57014");
    client.query_one("SELECT 1", &[]).await.expect("goes on");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_name_the_clients_own_process() {
    let world = World::new(&[]).await;
    let mut raw = Raw::open(world.address).await;
    raw.send(&startup(&[("user", "agent"), ("database", "shop")]))
        .await;
    raw.next().await;
    raw.send(&message(b'p', format!("{SECRET}\0").as_bytes()))
        .await;
    let answers = raw.until_ready().await;
    let key = answers
        .iter()
        .find(|answer| answer.tag == 'K')
        .expect("a key");
    raw.send(&query("LISTEN c; NOTIFY c, 'hello'")).await;
    let answers = raw.until_ready().await;
    let mut all = answers;
    if !all.iter().any(|answer| answer.tag == 'A') {
        all.extend(raw.next().await);
    }
    let told = all.iter().find(|answer| answer.tag == 'A').expect("told");
    assert_eq!(told.body[..4], key.body[..4]);
    world.end().await;
}
