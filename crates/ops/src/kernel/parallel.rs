//! Work shared out over threads with rayon, or, without the feature `rayon` (on the web), done on one.
//!
//! What a task computes depends on its index alone, so the number of threads changes nothing but the time.

#[cfg(feature = "rayon")]
use rayon::prelude::*;

/// Numbers that are worth a task of their own where each takes a few operations.
pub(crate) const TASK_LEN: usize = 1 << 14;

/// Calls `work(i, chunk)` for the chunks of `chunk_len` values, the last of which may be shorter.
pub(crate) fn for_each_chunk(values: &mut [f32], chunk_len: usize, work: impl Fn(usize, &mut [f32]) + Send + Sync) {
    for_each_chunks([(values, chunk_len)], |i, [chunk]| work(i, chunk));
}

/// Calls `work(i, chunks)` with the chunks number i of several results, each with its own length of a chunk, until one ends.
pub(crate) fn for_each_chunks<const N: usize>(
    results: [(&mut [f32], usize); N],
    work: impl Fn(usize, [&mut [f32]; N]) + Send + Sync,
) {
    let mut chunks = results.map(|(values, chunk_len)| values.chunks_mut(chunk_len.max(1)));
    let mut tasks = Vec::new();
    loop {
        let mut task = [const { None }; N];
        for (task, chunks) in task.iter_mut().zip(&mut chunks) {
            *task = chunks.next();
        }
        if task.iter().any(Option::is_none) {
            break;
        }
        tasks.push(task.map(Option::unwrap_or_default));
    }
    // A single task is done at once, without waking anybody.
    #[cfg(feature = "rayon")]
    if tasks.len() > 1 {
        return tasks.into_par_iter().enumerate().for_each(|(i, chunks)| work(i, chunks));
    }
    tasks.into_iter().enumerate().for_each(|(i, chunks)| work(i, chunks));
}

/// The results of `work(i)` for `i` from 0 up to but not `n`.
pub(crate) fn map<R: Send>(n: usize, work: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "rayon")]
    if n > 1 {
        return (0..n).into_par_iter().map(work).collect();
    }
    (0..n).map(work).collect()
}
