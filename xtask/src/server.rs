//! A child process that serves while this one works, and ends with it.
//!
//! Whatever way this process ends, short of being killed outright, the child is
//! ended by its own process id: at the end of the scope, on an error, and on
//! Ctrl-C or a termination signal.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::sh;

/// Children that the signal handler has to end.
static RUNNING: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// A running server.
pub(crate) struct Server {
    id: u32,
    address: SocketAddr,
}

impl Server {
    /// Starts a program and waits until it answers HTTP on `port` of loopback.
    pub(crate) fn start(command: &mut Command, port: u16, limit: Duration) -> Result<Self> {
        end_with_this_process()?;
        let line = sh::line(command);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok() {
            bail!("port {port} is in use: end what listens there or choose another with --port");
        }
        let child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
        let server = Self { id: child.id(), address };
        running().push(child);
        let start = Instant::now();
        while !server.answers() {
            if let Some(status) = server.status()? {
                bail!("`{line}` ended before it served anything ({status})");
            }
            if start.elapsed() > limit {
                bail!("`{line}` did not answer on port {port} within {} s", limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Waits until the program ends by itself.
    pub(crate) fn wait(&self) -> Result<()> {
        loop {
            match self.status()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("the server ended ({status})"),
                None => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    fn status(&self) -> Result<Option<std::process::ExitStatus>> {
        match running().iter_mut().find(|child| child.id() == self.id) {
            Some(child) => Ok(child.try_wait()?),
            None => bail!("the server was ended"),
        }
    }

    fn answers(&self) -> bool {
        let second = Duration::from_secs(1);
        let Ok(mut stream) = TcpStream::connect_timeout(&self.address, second) else { return false };
        let mut answer = [0; 5];
        let request = format!("HEAD / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.set_read_timeout(Some(5 * second)).is_ok()
            && stream.write_all(request.as_bytes()).is_ok()
            && stream.read_exact(&mut answer).is_ok()
            && &answer == b"HTTP/"
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut running = running();
        if let Some(at) = running.iter().position(|child| child.id() == self.id) {
            sh::end(&mut running.swap_remove(at));
        }
    }
}

/// Runs a program to its end as a server is run: it ends when this process does. Its standard output.
pub(crate) fn attended(command: &mut Command, limit: Duration) -> Result<String> {
    end_with_this_process()?;
    let line = sh::line(command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let mut stdout = child.stdout.take().expect("the output is piped");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let program = Server { id: child.id(), address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) };
    running().push(child);
    let start = Instant::now();
    let status = loop {
        if let Some(status) = program.status()? {
            break status;
        }
        if start.elapsed() > limit {
            bail!("`{line}` took longer than {} s", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    let text = reader.join().map_err(|_| anyhow::anyhow!("cannot read what `{line}` prints"))?;
    text.with_context(|| format!("cannot read what `{line}` prints"))
}

/// A port of loopback that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen on loopback")?;
    Ok(listener.local_addr()?.port())
}

fn running() -> std::sync::MutexGuard<'static, Vec<Child>> {
    // The list stays usable whatever happened to a thread that held it.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end_with_this_process() -> Result<()> {
    static HANDLER: Once = Once::new();
    let mut outcome = Ok(());
    HANDLER.call_once(|| {
        outcome = ctrlc::set_handler(|| {
            for child in running().iter_mut() {
                sh::end(child);
            }
            // The usual status of a program that an interrupt ended.
            std::process::exit(130);
        });
    });
    outcome.context("cannot handle Ctrl-C")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ends_at_once_is_told() {
        let port = free_port().unwrap();
        let Err(error) = Server::start(&mut Command::new("true"), port, Duration::from_secs(60)) else {
            panic!("nothing can have answered on port {port}");
        };
        assert!(error.to_string().contains("ended before it served"), "{error}");
    }

    #[test]
    fn attended_programs_give_their_output() {
        let limit = Duration::from_secs(60);
        assert_eq!(attended(Command::new("echo").arg("x"), limit).unwrap(), "x\n");
        assert!(attended(&mut Command::new("false"), limit).is_err());
        let message = attended(Command::new("sleep").arg("600"), Duration::from_millis(1)).unwrap_err();
        assert!(message.to_string().contains("took longer"), "{message}");
    }

    #[test]
    fn a_taken_port_is_told() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let Err(error) = Server::start(Command::new("sleep").arg("600"), port, Duration::from_secs(60))
        else {
            panic!("nothing can have started on port {port}");
        };
        assert!(error.to_string().contains("is in use"), "{error}");
    }
}
