//! Fetches JSON from other services, over plain HTTP inside the shop's network.

use std::fmt;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::HOST;
use axum::http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::RequestId;
use crate::request_id::HEADER;

const LIMIT: Duration = Duration::from_millis(1500);

/// Limits the memory that a misbehaving upstream can make us use.
const MAX_BODY: usize = 4 << 20;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an upstream returned no data.
#[derive(Debug)]
pub enum FetchError {
    Status { url: String, status: StatusCode },
    Timeout { url: String },
    Broken { url: String, cause: Cause },
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { url, status } => write!(f, "{url} returned {}", status.as_u16()),
            Self::Timeout { url } => write!(f, "{url} took longer than {LIMIT:?}"),
            Self::Broken { url, cause } => write!(f, "{url}: {cause}"),
        }
    }
}

impl std::error::Error for FetchError {}

/// Decodes the response to `GET url`, passing on the ID of the original request.
pub async fn get_json<T: DeserializeOwned>(url: &str, id: &RequestId) -> Result<T, FetchError> {
    let broken = |cause| FetchError::Broken {
        url: url.into(),
        cause,
    };
    let (status, body) = timeout(LIMIT, get(url, id))
        .await
        .map_err(|_| FetchError::Timeout { url: url.into() })?
        .map_err(broken)?;
    if status != StatusCode::OK {
        return Err(FetchError::Status {
            url: url.into(),
            status,
        });
    }
    serde_json::from_slice(&body).map_err(|cause| broken(cause.into()))
}

async fn get(url: &str, id: &RequestId) -> Result<(StatusCode, Bytes), Cause> {
    let uri: Uri = url.parse()?;
    let authority = uri.authority().ok_or("the URL has no host")?;
    let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends when `sender` is dropped, which also reports its errors.
    tokio::spawn(connection);

    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::get(path).header(HOST, authority.as_str());
    if let Some(id) = &id.0 {
        request = request.header(HEADER, id);
    }
    let response = sender
        .send_request(request.body(Empty::<Bytes>::new())?)
        .await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_BODY)
        .collect()
        .await?;
    Ok((status, body.to_bytes()))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use axum::{Router, routing};
    use tokio::net::TcpListener;

    use super::*;

    async fn upstream(routes: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, routes).await });
        base
    }

    #[tokio::test]
    async fn decodes_and_passes_on_the_id() {
        let echo = |headers: HeaderMap| async move { format!("{:?}", headers[HEADER]) };
        let base = upstream(Router::new().route("/id", routing::get(echo))).await;

        let id = RequestId(Some(HeaderValue::from_static("42")));
        let got: String = get_json(&format!("{base}/id"), &id).await.unwrap();
        assert_eq!(got, "42");
    }

    #[tokio::test]
    async fn reports_the_status() {
        let base = upstream(Router::new()).await;

        let error = get_json::<String>(&base, &RequestId::default())
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), format!("{base} returned 404"));
    }

    #[tokio::test]
    async fn reports_invalid_json() {
        let base = upstream(Router::new().route("/", routing::get(|| async { "<p>" }))).await;

        let error = get_json::<String>(&base, &RequestId::default())
            .await
            .unwrap_err();
        assert!(matches!(error, FetchError::Broken { .. }), "{error}");
    }
}
