use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use shopkit::ApiError;
use sku::Sku;

use crate::ledger::{HOLD, Ledger, Refusal, ReservationId};

#[derive(Clone)]
struct Shared(Arc<Mutex<Ledger>>);

impl Shared {
    /// Each change to the ledger is atomic, so a panic elsewhere does no damage.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn routes(ledger: Ledger) -> Router {
    Router::new()
        .route("/stock", get(stock))
        .route("/reservations", post(reserve))
        .route("/reservations/{id}", delete(release))
        .route("/reservations/{id}/commit", post(commit))
        .with_state(Shared(Arc::new(Mutex::new(ledger))))
}

#[derive(Deserialize)]
struct Wanted {
    skus: String,
}

/// Responds to `?skus=A,B` with the available quantities; unknown SKUs are left out.
async fn stock(
    State(shared): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Json<BTreeMap<Sku, u32>> {
    let (ledger, now) = (shared.ledger(), Instant::now());
    let known = wanted.skus.split(',').filter_map(|text| {
        let sku = text.parse().ok()?;
        let available = ledger.available(&sku, now)?;
        Some((sku, available))
    });
    Json(known.collect())
}

#[derive(Deserialize)]
struct Reserve {
    sku: Sku,
    quantity: u32,
}

#[derive(Serialize)]
struct Reserved {
    id: ReservationId,
    held_seconds: u64,
}

async fn reserve(
    State(shared): State<Shared>,
    Json(body): Json<Reserve>,
) -> Result<(StatusCode, Json<Reserved>), ApiError> {
    if body.quantity == 0 {
        return Err(ApiError::bad_request("quantity must be above zero"));
    }
    let id = shared
        .ledger()
        .reserve(body.sku, body.quantity, Instant::now())
        .map_err(refused)?;
    Ok((
        StatusCode::CREATED,
        Json(Reserved {
            id,
            held_seconds: HOLD.as_secs(),
        }),
    ))
}

async fn release(
    State(shared): State<Shared>,
    Path(id): Path<ReservationId>,
) -> Result<StatusCode, ApiError> {
    shared
        .ledger()
        .release(id, Instant::now())
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn commit(
    State(shared): State<Shared>,
    Path(id): Path<ReservationId>,
) -> Result<StatusCode, ApiError> {
    shared
        .ledger()
        .commit(id, Instant::now())
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::UnknownSku => ApiError::not_found("no such product"),
        Refusal::UnknownReservation => ApiError::not_found("no such reservation, or it expired"),
        Refusal::NotEnough { available } => {
            ApiError::new(StatusCode::CONFLICT, format!("only {available} available"))
        }
    }
}
