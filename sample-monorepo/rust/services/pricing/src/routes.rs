use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use shopkit::{ApiError, FetchError, RequestId, get_json};
use sku::Sku;

use crate::quote::{Order, Quote, quote};

/// More than anyone orders, and small enough that no sum overflows.
const MAX_QUANTITY: u32 = 10_000;

pub fn routes(catalog: String) -> Router {
    Router::new()
        .route("/prices/{sku}", get(price))
        .with_state(catalog)
}

#[derive(Deserialize)]
struct Terms {
    #[serde(default = "one")]
    quantity: u32,
    voucher: Option<String>,
}

fn one() -> u32 {
    1
}

/// The part of a catalog entry that is needed here.
#[derive(Deserialize)]
struct Listing {
    price_cents: u32,
}

async fn price(
    State(catalog): State<String>,
    Path(sku): Path<Sku>,
    Query(terms): Query<Terms>,
    id: RequestId,
) -> Result<Json<Quote>, ApiError> {
    if !(1..=MAX_QUANTITY).contains(&terms.quantity) {
        return Err(ApiError::bad_request(format!(
            "quantity must be 1 to {MAX_QUANTITY}"
        )));
    }
    let listing: Listing = get_json(&format!("{catalog}/products/{sku}"), &id)
        .await
        .map_err(|error| no_listing(error, &sku))?;
    let order = Order {
        sku,
        list_cents: listing.price_cents.into(),
        quantity: terms.quantity,
    };
    Ok(Json(quote(order, terms.voucher.as_deref())))
}

fn no_listing(error: FetchError, sku: &Sku) -> ApiError {
    match error {
        FetchError::Status {
            status: StatusCode::NOT_FOUND,
            ..
        } => ApiError::not_found(format!("there is no product {sku}")),
        other => other.into(),
    }
}
