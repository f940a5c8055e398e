//! What the tests need from outside: Debian packages, and a Node that is young enough.
//! The first step of `test`. It installs only what is missing, so that a second run costs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Lab;
use crate::shell::Ended;
use crate::{paths, shell};

/// A program the tests call, and the Debian package that has it.
const PROGRAMS: [(&str, &str); 11] = [
    ("bash", "bash"),
    ("curl", "curl"),
    ("git", "git"),
    ("python3", "python3"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("chromium", "chromium"),
    ("cc", "gcc"),
    ("valgrind", "valgrind"),
    ("nginx", "nginx-light"),
    ("prlimit", "util-linux"),
];

/// The JavaScript clients ask for at least this; Debian 12 has an older one.
const NODE_MIN: (u32, u32) = (20, 19);
/// The npm package that carries the program itself.
const NODE_PACKAGE: &str = "node@22";

const INSTALL_LIMIT: Duration = Duration::from_mins(15);

/// Installs what is missing.
pub(super) fn prepare(lab: &Lab, log: &Path) -> anyhow::Result<Ended> {
    let packages = missing_packages();
    if !packages.is_empty() {
        for arguments in [
            "update --quiet",
            "install --quiet --yes --no-install-recommends",
        ] {
            let mut apt = apt_get();
            apt.args(arguments.split(' '));
            if arguments.starts_with("install") {
                apt.args(&packages);
            }
            let ended = shell::logged(&mut apt, log, INSTALL_LIMIT)?;
            if ended != Ended::Code(0) {
                return Ok(ended);
            }
        }
    }
    if node_is_young("node") || node_is_young(lab.node().join("node")) {
        return Ok(Ended::Code(0));
    }
    let mut npm = shell::command("npm");
    npm.args([
        "install",
        "--no-fund",
        "--no-audit",
        "--loglevel=error",
        "--prefix",
    ]);
    npm.arg(lab.cache.join("node")).arg(NODE_PACKAGE);
    shell::logged(&mut npm, log, INSTALL_LIMIT)
}

impl Lab {
    /// Where a Node of our own is, if one had to be installed.
    fn node(&self) -> PathBuf {
        self.cache.join("node/node_modules/node/bin")
    }

    /// Puts that Node before the one of the system.
    pub(super) fn with_node(&self, command: &mut Command) {
        if self.node().join("node").is_file() {
            let path = paths::variable("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{path}", self.node().display()));
        }
    }
}

fn missing_packages() -> Vec<&'static str> {
    let programs = PROGRAMS.iter();
    let missing = programs.filter(|(program, _)| paths::program(program).is_none());
    let mut packages: Vec<_> = missing.map(|(_, package)| *package).collect();
    let mut venv = shell::command("python3");
    venv.args(["-c", "import venv, ensurepip"]);
    if !venv.output().is_ok_and(|out| out.status.success()) {
        packages.push("python3-venv");
    }
    packages
}

/// apt-get, through sudo when we are not root and it is there.
fn apt_get() -> Command {
    let is_root = shell::output(shell::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if is_root || paths::program("sudo").is_none() {
        shell::command("apt-get")
    } else {
        let mut sudo = shell::command("sudo");
        sudo.arg("apt-get");
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn node_is_young(program: impl AsRef<std::ffi::OsStr>) -> bool {
    let version = shell::output(shell::command(program).arg("--version"));
    version.is_ok_and(|text| is_young(&text))
}

/// Is `v20.19.1` at least what the clients ask for?
fn is_young(version: &str) -> bool {
    let mut parts = version.trim().trim_start_matches('v').split('.');
    let mut number = || parts.next()?.parse::<u32>().ok();
    number()
        .zip(number())
        .is_some_and(|version| version >= NODE_MIN)
}

#[cfg(test)]
mod tests {
    use super::is_young;

    fn check(version: &str, expect: bool) {
        assert_eq!(is_young(version), expect, "{version}");
    }

    #[test]
    fn the_node_of_debian_12_is_too_old() {
        check("v18.19.0\n", false);
        check("v20.18.3\n", false);
        check("v20.19.0\n", true);
        check("v22.1.0\n", true);
        check("", false);
    }
}
