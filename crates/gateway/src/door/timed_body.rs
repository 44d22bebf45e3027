//! A request's body that has to be there in time: whoever reads it gets an error once the time is over.
//!
//! At the door, so that no reader behind it can forget the bound. Knows nothing of what the body says.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// Bytes that earn a body another second: who sends slower than this on the whole is cut off.
const BYTES_A_SECOND: u64 = 16 * 1024;

/// The body with its end in time, counted from the request's head; each piece that comes moves it on, so that large
/// bodies have time and dripping ones have not.
pub(super) struct TimedBody<B> {
    body: B,
    end: Instant,
    /// Made when the body first keeps somebody waiting: most come whole with the head.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<B> TimedBody<B> {
    pub(super) fn new(body: B, limit: Duration) -> Self {
        Self { body, end: Instant::now() + limit, alarm: None }
    }
}

impl<B> Body for TimedBody<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        // Before the body: one that drips is always ready.
        if Instant::now() >= self.end {
            return Poll::Ready(Some(Err("the body took too long".into())));
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(task) {
            if let Some(Ok(frame)) = &frame {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.end += Duration::from_secs(1).mul_f64(length as f64 / BYTES_A_SECOND as f64);
                self.alarm = None;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let end = self.end;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        ready!(alarm.as_mut().poll(task));
        Poll::Ready(Some(Err("the body took too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
