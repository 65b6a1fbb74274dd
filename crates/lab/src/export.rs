//! Figures of an experiment: PNG, GIF and a page with a slider, made of the moments computed so far.
