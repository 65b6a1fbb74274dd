//! Between planes, a channel's pixels side by side as tensors have them, and pixels, a pixel's channels side by side as the
//! convolutions want them: then a vector holds channels, and no window needs shuffling.

/// Channels of a pixel take a multiple of this many places, so that loops over them need no remainder.
const CHANNEL_ALIGN: usize = 16;

/// Where a picture of `h × w` lies, with zeros around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Padding {
    /// Rows and columns of the picture itself.
    pub(crate) h: usize,
    pub(crate) w: usize,
    /// Zeros above it and to its left.
    pub(crate) before: usize,
    /// Rows and columns with all zeros around it.
    pub(crate) padded_h: usize,
    pub(crate) padded_w: usize,
}

impl Padding {
    /// No zeros around it.
    pub(crate) fn none(h: usize, w: usize) -> Self {
        Self { h, w, before: 0, padded_h: h, padded_w: w }
    }

    /// Places that a pixel of `c` channels takes.
    pub(crate) fn stride(c: usize) -> usize {
        c.next_multiple_of(CHANNEL_ALIGN)
    }

    /// Values that a padded picture of `c` channels takes.
    pub(crate) fn len(&self, c: usize) -> usize {
        self.padded_h * self.padded_w * Self::stride(c)
    }

    /// Where the pixel at a row and column of the padded picture begins.
    pub(crate) fn at(&self, row: usize, column: usize, c: usize) -> usize {
        (row * self.padded_w + column) * Self::stride(c)
    }
}

/// The planes `x` of one picture, (c, h, w), as padded pixels. What lies between the channels of two pixels stays as it is.
pub(crate) fn to_pixels(pixels: &mut [f32], x: &[f32], c: usize, padding: Padding) {
    let Padding { h, w, before, padded_h, padded_w } = padding;
    let stride = Padding::stride(c);
    let row_len = padded_w * stride;
    for (row, pixels) in pixels.chunks_exact_mut(row_len).take(padded_h).enumerate() {
        if row < before || row >= before + h {
            pixels.fill(0.0);
            continue;
        }
        pixels[..before * stride].fill(0.0);
        pixels[(before + w) * stride..].fill(0.0);
        let (x, pixels) = (&x[(row - before) * w..], &mut pixels[before * stride..]);
        planes_to_pixels(pixels, stride, x, h * w, c, w);
    }
}

/// The pixels of one picture as planes, (c, h, w), without its padding, with `bias` added to each channel.
pub(crate) fn to_planes(
    planes: &mut [f32],
    pixels: &[f32],
    c: usize,
    padding: Padding,
    bias: Option<&[f32]>,
) {
    let Padding { h, w, before, .. } = padding;
    let stride = Padding::stride(c);
    for row in 0..h {
        let pixels = &pixels[padding.at(row + before, before, c)..];
        pixels_to_planes(&mut planes[row * w..], h * w, pixels, stride, c, w);
    }
    if let Some(bias) = bias {
        for (plane, &bias) in planes.chunks_exact_mut(h * w).zip(bias) {
            plane.iter_mut().for_each(|value| *value += bias);
        }
    }
}

/// Sides of the blocks that are transposed at once.
const SIDE: usize = 4;

/// `w` pixels of `c` planes, each `plane_len` after the one before, as pixels `stride` apart.
fn planes_to_pixels(pixels: &mut [f32], stride: usize, planes: &[f32], plane_len: usize, c: usize, w: usize) {
    let whole = w - w % SIDE;
    let mut first = 0;
    while first + SIDE <= c {
        let [p0, p1, p2, p3] =
            [0, 1, 2, 3].map(|i| planes[(first + i) * plane_len..][..w].as_chunks::<SIDE>().0);
        let blocks = p0.iter().zip(p1).zip(p2.iter().zip(p3));
        for (((p0, p1), (p2, p3)), pixels) in blocks.zip(pixels.chunks_mut(SIDE * stride)) {
            for i in 0..SIDE {
                pixels[i * stride + first..][..SIDE].copy_from_slice(&[p0[i], p1[i], p2[i], p3[i]]);
            }
        }
        for x in whole..w {
            for channel in first..first + SIDE {
                pixels[x * stride + channel] = planes[channel * plane_len + x];
            }
        }
        first += SIDE;
    }
    for channel in first..c {
        for (pixel, value) in
            pixels[channel..].iter_mut().step_by(stride).zip(&planes[channel * plane_len..][..w])
        {
            *pixel = *value;
        }
    }
}

/// The way back.
fn pixels_to_planes(planes: &mut [f32], plane_len: usize, pixels: &[f32], stride: usize, c: usize, w: usize) {
    let whole = w - w % SIDE;
    let mut rest = planes;
    let mut first = 0;
    while first + SIDE <= c {
        let (four, after) = rest.split_at_mut((SIDE * plane_len).min(rest.len()));
        let (p0, four) = four.split_at_mut(plane_len);
        let (p1, four) = four.split_at_mut(plane_len);
        let (p2, p3) = four.split_at_mut(plane_len);
        for (x, pixels) in pixels.chunks(SIDE * stride).take(whole.div_euclid(SIDE)).enumerate() {
            let mut block = [[0.0; SIDE]; SIDE];
            for (i, values) in block.iter_mut().enumerate() {
                values.copy_from_slice(&pixels[i * stride + first..][..SIDE]);
            }
            for (channel, plane) in [&mut *p0, &mut *p1, &mut *p2, &mut *p3].into_iter().enumerate() {
                plane[x * SIDE..][..SIDE].copy_from_slice(&block.map(|values| values[channel]));
            }
        }
        for x in whole..w {
            for (channel, plane) in [&mut *p0, &mut *p1, &mut *p2, &mut *p3].into_iter().enumerate() {
                plane[x] = pixels[x * stride + first + channel];
            }
        }
        rest = after;
        first += SIDE;
    }
    for (channel, plane) in (first..c).zip(rest.chunks_mut(plane_len)) {
        for (value, pixel) in plane[..w].iter_mut().zip(pixels[channel..].iter().step_by(stride)) {
            *value = *pixel;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_from_its_pixels() {
        for (c, h, w) in [(1, 1, 1), (3, 5, 7), (20, 4, 8), (6, 3, 4)] {
            let padding = Padding { h, w, before: 1, padded_h: h + 3, padded_w: w + 2 };
            let x: Vec<f32> = (0..c * h * w).map(|i| i as f32).collect();
            let mut pixels = vec![f32::NAN; padding.len(c)];
            to_pixels(&mut pixels, &x, c, padding);
            let channels = |row, column| &pixels[padding.at(row, column, c)..][..c];
            assert!(channels(0, 1).iter().chain(channels(h + 1, 1)).chain(channels(1, 0)).all(|&v| v == 0.0));
            assert!(channels(1, w + 1).iter().all(|&v| v == 0.0));
            assert_eq!(channels(h, w)[c - 1], x[c * h * w - 1]);
            let mut planes = vec![0.0; x.len()];
            to_planes(&mut planes, &pixels, c, padding, Some(&vec![1.0; c]));
            assert!(planes.iter().zip(&x).all(|(plane, x)| *plane == x + 1.0));
        }
    }
}
