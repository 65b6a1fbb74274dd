//! Work shared out over threads with rayon, or, without the feature `rayon` (on the web), done on one.
//!
//! What a task computes depends on its index alone, so the number of threads changes nothing but the time.

use std::mem::MaybeUninit;

#[cfg(feature = "rayon")]
use rayon::prelude::*;

/// Numbers that are worth a task of their own where each takes a few operations.
pub(crate) const TASK_LEN: usize = 1 << 14;

/// `len` numbers, made in chunks of `chunk_len`, the last of which may be shorter: `work(i, chunk)` finds zeros and leaves
/// the result.
pub(crate) fn make(len: usize, chunk_len: usize, work: impl Fn(usize, &mut [f32]) + Send + Sync) -> Vec<f32> {
    let [values] = make_each([(len, chunk_len)], |i, [chunk]| work(i, chunk));
    values
}

/// Several results at once: `work(i, chunks)` makes the chunks number i of all of them, each result as many.
#[expect(
    unsafe_code,
    reason = "a thread that writes its own zeros finds them in its cache; a vector of zeros is written twice"
)]
pub(crate) fn make_each<const N: usize>(
    results: [(usize, usize); N],
    work: impl Fn(usize, [&mut [f32]; N]) + Send + Sync,
) -> [Vec<f32>; N] {
    let mut vectors = results.map(|(len, _)| Vec::with_capacity(len));
    let mut rooms = results.map(|(_, chunk_len)| (Default::default(), chunk_len));
    for ((room, vector), (len, _)) in rooms.iter_mut().zip(&mut vectors).zip(results) {
        room.0 = &mut vector.spare_capacity_mut()[..len];
    }
    for_each_chunks(rooms, |i, chunks: [&mut [MaybeUninit<f32>]; N]| {
        work(
            i,
            chunks.map(|chunk| {
                chunk.iter_mut().for_each(|value| {
                    value.write(0.0);
                });
                // SAFETY: the line above wrote every value.
                unsafe { chunk.assume_init_mut() }
            }),
        );
    });
    for (vector, (len, _)) in vectors.iter_mut().zip(results) {
        // SAFETY: `len` is within the capacity, and the chunks, which cover it, were written by their tasks.
        unsafe { vector.set_len(len) };
    }
    vectors
}

/// Calls `work(i, chunk)` for the chunks of `chunk_len` values, the last of which may be shorter.
pub(crate) fn for_each_chunk(
    values: &mut [f32],
    chunk_len: usize,
    work: impl Fn(usize, &mut [f32]) + Send + Sync,
) {
    for_each_chunks([(values, chunk_len)], |i, [chunk]| work(i, chunk));
}

/// Calls `work(i, chunks)` with the chunks number i of several results, each with its own length of a chunk.
///
/// # Panics
/// When one of the results has fewer chunks than there are tasks.
pub(crate) fn for_each_chunks<T: Send, const N: usize>(
    results: [(&mut [T], usize); N],
    work: impl Fn(usize, [&mut [T]; N]) + Send + Sync,
) {
    let mut chunks = results.map(|(values, chunk_len)| values.chunks_mut(chunk_len.max(1)));
    let num_tasks = chunks.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
    let mut tasks = Vec::with_capacity(num_tasks);
    for _ in 0..num_tasks {
        let mut task = [const { None }; N];
        for (task, chunks) in task.iter_mut().zip(&mut chunks) {
            *task = chunks.next();
        }
        assert!(task.iter().all(Option::is_some), "every result has as many chunks");
        tasks.push(task.map(Option::unwrap_or_default));
    }
    // A single task is done at once, without waking anybody.
    #[cfg(feature = "rayon")]
    if num_tasks > 1 {
        return tasks.into_par_iter().enumerate().for_each(|(i, chunks)| work(i, chunks));
    }
    tasks.into_iter().enumerate().for_each(|(i, chunks)| work(i, chunks));
}

/// Runs `work`, a chain of operations, on one of the threads that share them: it then takes part in each operation, where
/// another thread would be put to sleep and woken for each.
pub fn on_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "rayon")]
    return rayon::scope(|_| work());
    #[cfg(not(feature = "rayon"))]
    work()
}

/// The results of `work(i)` for `i` from 0 up to but not `n`.
pub(crate) fn map<R: Send>(n: usize, work: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "rayon")]
    if n > 1 {
        return (0..n).into_par_iter().map(work).collect();
    }
    (0..n).map(work).collect()
}
