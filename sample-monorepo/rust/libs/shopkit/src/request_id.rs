//! The ID that the log lines of all services for one visit have in common.

use std::convert::Infallible;
use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The ID of the request being handled, if it has one; an extractor.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub(crate) Option<HeaderValue>);

impl RequestId {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get(HEADER).cloned())
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(id) => write!(f, "{id:?}"),
            None => f.write_str("\"-\""),
        }
    }
}
