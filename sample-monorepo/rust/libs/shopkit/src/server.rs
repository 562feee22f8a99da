//! Listening, health checks, request logs and a graceful shutdown.

use std::io;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::{RequestId, env};

/// How long open requests may take during shutdown; container runtimes
/// kill the process soon after.
const DRAIN_TIME: Duration = Duration::from_millis(500);

/// Serves `routes` and `/healthz` on `$PORT` until SIGTERM or SIGINT.
pub async fn serve(name: &'static str, routes: Router) -> io::Result<()> {
    let listener = TcpListener::bind(format!("0.0.0.0:{}", env("PORT", "8080"))).await?;
    eprintln!("{name}: listening on {}", listener.local_addr()?);

    let server = axum::serve(listener, with_basics(name, routes));
    tokio::select! {
        ended = server.with_graceful_shutdown(stop_requested()) => ended,
        () = async { stop_requested().await; sleep(DRAIN_TIME).await } => Ok(()),
    }
}

/// Adds the health check and the request log of every service to `routes`.
fn with_basics(name: &'static str, routes: Router) -> Router {
    routes
        .route("/healthz", get(|| async { "ok" }))
        .layer(middleware::from_fn(move |request, next| {
            log_request(name, request, next)
        }))
}

async fn log_request(name: &'static str, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let target = request.uri().to_string();
    let id = RequestId::of(request.headers());

    let response = next.run(request).await;
    let status = response.status().as_u16();
    eprintln!(
        "{name}: {method} {target:?} {status} {:.0?} {id}",
        started.elapsed()
    );
    response
}

/// Waits for SIGTERM or SIGINT. They are handled explicitly because PID 1 in a
/// container ignores any signal without a handler.
async fn stop_requested() {
    let catch = |kind| signal(kind).expect("a handler for a catchable signal");
    let mut terminate = catch(SignalKind::terminate());
    let mut interrupt = catch(SignalKind::interrupt());
    tokio::select! {
        _ = terminate.recv() => (),
        _ = interrupt.recv() => (),
    }
}
