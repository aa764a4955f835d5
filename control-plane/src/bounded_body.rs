//! Answers of other servers, read up to so many bytes.

use reqwest::Response;

/// An answer is not whole.
#[derive(Debug)]
pub enum BodyError {
    /// The connection broke, or took too long.
    Broken(reqwest::Error),
    /// It is longer than it may be.
    TooLong,
}

/// The body of an answer, whole or not at all; never more than `limit` bytes are kept.
pub async fn read(response: &mut Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
