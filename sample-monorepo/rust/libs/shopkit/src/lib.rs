//! The code that every Rust service of the shop shares: listening, health
//! checks, request logs, errors as JSON, and calling other services.

mod client;
mod error;
mod request_id;
mod server;

pub use client::{FetchError, get_json};
pub use error::ApiError;
pub use request_id::RequestId;
pub use server::serve;

/// The value of an environment variable, or `fallback` if it is unset or empty.
pub fn env(name: &str, fallback: &str) -> String {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| fallback.to_owned())
}
