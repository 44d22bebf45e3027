//! One sync for many: SQLite's write transactions that come at the same time are made durable together.
//!
//! Each runs by itself, in turn, inside a savepoint of one transaction; whoever waits for its turn when the transaction
//! began joins it. Nobody is answered before the commit: a savepoint that found something out (that a state was
//! another, that an id was taken) may have found it in what is not durable yet.

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Executor as _, Sqlite};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use crate::error::{Result, StoreError};

/// IMMEDIATE: another process may write too, and a late upgrade could not wait for it.
const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT one";
const JOIN: &str = "SAVEPOINT one";
const KEEP: &str = "RELEASE one";
const UNDO: &str = "ROLLBACK TO one; RELEASE one";

/// The writers of one database.
#[derive(Debug)]
pub(crate) struct Group {
    pool: SqlitePool,
    /// First come, first served: a commit that waits for its turn finds everybody who came before it done.
    current: Arc<Mutex<Option<Transaction>>>,
}

/// A transaction that several share.
#[derive(Debug)]
struct Transaction {
    connection: PoolConnection<Sqlite>,
    members: Vec<oneshot::Sender<Result<()>>>,
    /// A savepoint is open. Also when its owner went away in the middle.
    inside: bool,
}

/// Somebody's turn to write.
#[derive(Debug)]
pub(crate) struct Turn {
    current: OwnedMutexGuard<Option<Transaction>>,
}

impl Group {
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool, current: Arc::default() }
    }

    /// Waits for a turn and opens a savepoint.
    pub(crate) async fn turn(&self) -> Result<Turn> {
        whole(open(self.pool.clone(), Arc::clone(&self.current))).await
    }
}

/// Does it to its end, also when its caller goes away: a savepoint is there or not, and `inside` says which.
async fn whole<T: Send + 'static>(step: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(step).await.unwrap_or_else(|_| Err(lost()))
}

async fn open(pool: SqlitePool, current: Arc<Mutex<Option<Transaction>>>) -> Result<Turn> {
    let mut turn = Turn { current: Arc::clone(&current).lock_owned().await };
    turn.tidy().await;
    let sql = match *turn.current {
        Some(_) => JOIN,
        None => {
            let connection = pool.acquire().await?;
            *turn.current = Some(Transaction { connection, members: Vec::new(), inside: false });
            // It queues behind those who wait now: they join, who comes later does not.
            tokio::spawn(commit(current));
            BEGIN
        }
    };
    let transaction = turn.transaction()?;
    transaction.inside = true;
    if let Err(error) = (&mut *transaction.connection).execute(sqlx::query(sql)).await {
        let error = StoreError::from(error);
        turn.fail(&error);
        return Err(error);
    }
    Ok(turn)
}

impl Turn {
    /// The connection to write on.
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection> {
        Ok(&mut self.transaction()?.connection)
    }

    /// Ends the turn: keeps what was written, or undoes it after an error. Returns when what the group wrote is durable.
    pub(crate) async fn end<T>(self, outcome: Result<T>) -> Result<T> {
        match whole(self.close(outcome.as_ref().err().cloned())).await {
            Ok(durable) => durable.await.unwrap_or_else(|_| Err(lost())).and(outcome),
            Err(error) => Err(error),
        }
    }

    /// Closes the savepoint; who is told when the group is durable.
    async fn close(mut self, failed: Option<StoreError>) -> Result<oneshot::Receiver<Result<()>>> {
        let sql = if failed.is_none() { KEEP } else { UNDO };
        let transaction = self.transaction()?;
        if let Err(error) = (&mut *transaction.connection).execute(sqlx::query(sql)).await {
            // When the disk is full, SQLite may have rolled back by itself: for all of the group.
            let error = failed.unwrap_or_else(|| error.into());
            self.fail(&error);
            return Err(error);
        }
        transaction.inside = false;
        let (done, durable) = oneshot::channel();
        transaction.members.push(done);
        Ok(durable)
    }

    fn transaction(&mut self) -> Result<&mut Transaction> {
        self.current.as_mut().ok_or_else(lost)
    }

    /// Undoes what somebody has left behind who went away in the middle.
    async fn tidy(&mut self) {
        let Some(transaction) = self.current.as_mut().filter(|transaction| transaction.inside) else { return };
        match (&mut *transaction.connection).execute(sqlx::query(UNDO)).await {
            Ok(_) => transaction.inside = false,
            Err(error) => self.fail(&error.into()),
        }
    }

    /// Gives the transaction up, with its connection: nobody's writes are kept, and everybody is told.
    fn fail(&mut self, error: &StoreError) {
        let Some(mut transaction) = self.current.take() else { return };
        transaction.connection.close_on_drop();
        for member in transaction.members {
            // Who went away does not need the answer.
            let _ = member.send(Err(error.clone()));
        }
    }
}

/// Commits the transaction, once it is its turn, and tells everybody in it.
async fn commit(current: Arc<Mutex<Option<Transaction>>>) {
    let mut turn = Turn { current: current.lock_owned().await };
    turn.tidy().await;
    let Some(transaction) = turn.current.as_mut() else { return };
    if let Err(error) = (&mut *transaction.connection).execute(sqlx::query("COMMIT")).await {
        turn.fail(&error.into());
        return;
    }
    let members = turn.current.take().map(|transaction| transaction.members);
    for member in members.into_iter().flatten() {
        let _ = member.send(Ok(()));
    }
}

fn lost() -> StoreError {
    StoreError::Unavailable("the group's transaction was given up".to_owned())
}
