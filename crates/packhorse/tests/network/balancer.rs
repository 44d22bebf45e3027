//! A load balancer as operators put before several gateway processes: connections in turn, to whoever takes them.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Listens until the test is over.
pub(crate) fn balance(listen: SocketAddr, between: [SocketAddr; 2]) {
    let listener = TcpListener::bind(listen).unwrap();
    thread::spawn(move || {
        for (turn, from) in listener.incoming().flatten().enumerate() {
            let turns = [between[turn % 2], between[(turn + 1) % 2]];
            // Nobody there: the connection ends, which its owner sees.
            let Some(to) = turns.into_iter().find_map(|address| TcpStream::connect(address).ok()) else { continue };
            pump(&from, &to);
            pump(&to, &from);
        }
    });
}

fn pump(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        // However one direction ends, the other learns of it.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
