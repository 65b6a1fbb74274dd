//! The host.
fn main() {
    evcxr::runtime_hook();
}
