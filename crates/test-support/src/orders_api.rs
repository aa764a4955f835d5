//! A stand-in for a company's internal HTTP API, for the demo: orders with their customers, and
//! refunds, in memory.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};

use crate::{HttpAnswer, HttpRequest, HttpServer};

/// A running API. Ends when dropped.
#[derive(Debug)]
pub struct OrdersApi {
    server: HttpServer,
}

impl OrdersApi {
    /// The token it asks for.
    pub const TOKEN: &str = "orders-api-token";

    /// Starts one on a free port.
    pub fn start() -> Result<Self> {
        let refunds = Mutex::new(Vec::new());
        let server = HttpServer::start(move |request| answer(request, &refunds))?;
        Ok(Self { server })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many refunds it was asked for.
    #[must_use]
    pub fn refunds(&self) -> usize {
        let requests = self.server.requests();
        requests.iter().filter(|got| got.method == "POST").count()
    }
}

fn answer(request: &HttpRequest, refunds: &Mutex<Vec<Value>>) -> HttpAnswer {
    let token = request.header("authorization");
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    if token != Some(OrdersApi::TOKEN) {
        return problem(401, "the token is not the API's");
    }
    let mut refunds = refunds.lock().unwrap_or_else(PoisonError::into_inner);
    match (request.method.as_str(), request.route()) {
        ("GET", "/v1/refunds") => HttpAnswer::json(200, &json!({ "refunds": *refunds })),
        ("POST", "/v1/refunds") => {
            let asked = request.json();
            let (Some(order), Some(cents)) = (number(&asked, "order"), number(&asked, "cents"))
            else {
                return problem(400, "a refund has an `order` and `cents`");
            };
            let refund = json!({ "id": refunds.len() + 1, "order": order, "cents": cents });
            refunds.push(refund.clone());
            HttpAnswer::json(201, &refund)
        }
        ("GET", route) => match route.strip_prefix("/v1/orders/").map(str::parse::<u64>) {
            Some(Ok(id)) => HttpAnswer::json(200, &order(id)),
            _ => problem(404, "there is no such thing"),
        },
        _ => problem(404, "there is no such thing"),
    }
}

fn problem(status: u16, message: &str) -> HttpAnswer {
    HttpAnswer::json(status, &json!({ "error": message }))
}

fn number(value: &Value, name: &str) -> Option<u64> {
    value.get(name)?.as_u64()
}

/// Each number is an order here.
fn order(id: u64) -> Value {
    json!({
        "id": id,
        "status": "delivered",
        "total_cents": 1_000 + id % 9_000,
        "customer": {
            "name": "Jane Roe",
            "email": format!("jane.roe{id}@example.com"),
            "card": "4111 1111 1111 1111",
        },
    })
}
