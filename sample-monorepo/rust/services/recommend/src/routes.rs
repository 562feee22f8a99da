use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use shopkit::{FetchError, RequestId, get_json};

use crate::model::{Model, Suggestion};

struct Service {
    model: Model,
    inventory: String,
}

pub fn routes(model: Model, inventory: String) -> Router {
    Router::new()
        .route("/recommendations", get(recommend))
        .with_state(Arc::new(Service { model, inventory }))
}

#[derive(Deserialize)]
struct Visit {
    /// SKUs, separated by commas.
    #[serde(default)]
    basket: String,
    #[serde(default = "default_limit")]
    limit: usize,
}

fn default_limit() -> usize {
    5
}

#[derive(Serialize)]
struct Recommendations {
    /// False if inventory did not respond: a suggestion may be sold out.
    stock_checked: bool,
    suggestions: Vec<Suggestion>,
}

async fn recommend(
    State(service): State<Arc<Service>>,
    Query(visit): Query<Visit>,
    id: RequestId,
) -> Json<Recommendations> {
    let basket: BTreeSet<_> = visit
        .basket
        .split(',')
        .filter(|sku| !sku.is_empty())
        .collect();
    let mut suggestions = service.model.suggest(&basket);
    let stock = service.stock(&suggestions, &id).await;
    match &stock {
        Ok(stock) => suggestions.retain(|item| stock.get(&item.sku).is_some_and(|n| *n > 0)),
        Err(error) => eprintln!("recommend: not checking stock: {error}"),
    }
    suggestions.truncate(visit.limit);
    Json(Recommendations {
        stock_checked: stock.is_ok(),
        suggestions,
    })
}

impl Service {
    async fn stock(
        &self,
        items: &[Suggestion],
        id: &RequestId,
    ) -> Result<BTreeMap<String, u32>, FetchError> {
        let skus: Vec<_> = items.iter().map(|item| item.sku.as_str()).collect();
        get_json(
            &format!("{}/stock?skus={}", self.inventory, skus.join(",")),
            id,
        )
        .await
    }
}
