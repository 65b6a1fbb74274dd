//! Other processes: whether one is alive, and how to end those that compile a cell.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Whether there is a process of this number.
pub fn is_alive(pid: u32) -> bool {
    let mut system = System::new();
    let pid = Pid::from_u32(pid);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    system.process(pid).is_some()
}

/// Ends everything that this process started, and what that started in turn, but for the process `spared`.
/// Returns how many there were.
pub fn kill_descendants(spared: u32) -> usize {
    let mut system = System::new();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    let own = Pid::from_u32(std::process::id());
    let is_descendant = |mut pid: Pid| {
        // No family is deeper than this; a loop would be a pid that was given anew meanwhile.
        for _ in 0..16 {
            match system.process(pid).and_then(sysinfo::Process::parent) {
                Some(parent) if parent == own => return pid != Pid::from_u32(spared),
                Some(parent) => pid = parent,
                None => return false,
            }
        }
        false
    };
    let descendants = system.processes().values().filter(|process| {
        // A thread is listed like a process; ending it would end its process.
        process.thread_kind().is_none() && is_descendant(process.pid())
    });
    descendants.filter(|process| process.kill()).count()
}
