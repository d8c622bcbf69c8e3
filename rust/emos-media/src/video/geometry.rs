//! Where the pixels of a result come from: the crop of a frame, its scaled size, and its position in the result.

use emos_ffmpeg::{Filter, Frame, Orientation, Rect, Scaler};
use emos_time::Rational;

/// The longest side of a result.
pub const MAX_SIDE: u32 = 16_384;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// The display size; the sample aspect ratio is not applied.
    #[default]
    Native,
    /// The short side becomes this long, the other `floor(side * long / short)`.
    Short(u32),
    Exact {
        height: u32,
        width: u32,
    },
}

/// What happens where the frame and the size asked for have other proportions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Height and width are scaled on their own.
    #[default]
    Stretch,
    /// The full frame, centred on black.
    Pad,
    /// The centre of a frame that covers the size.
    Crop,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
/// The order of the axes of frames.
pub enum DimensionOrder {
    #[default]
    Thwc,
    Tchw,
}

/// Displayed pixels `left <= x < right`, `top <= y < bottom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelBox {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Geometry {
    size: Size,
    fit: Fit,
    /// Boxes and the times from which they apply, sorted.
    roi: Vec<(Rational, PixelBox)>,
    order: DimensionOrder,
}

/// How the frames of a track are displayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisplayedAs {
    pub orientation: Orientation,
    /// Height and width of the first frame, after rotation.
    pub size: (u32, u32),
}

/// Where the pixels of a result come from, in displayed pixels: an area is cropped, scaled, and the result is cut from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLayout {
    pub area: PixelBox,
    /// Height and width to which the area is scaled.
    pub scaled: (u32, u32),
    /// Top and left of the result in the scaled area; negative where the result is wider, and has black beside it.
    pub offset: (i64, i64),
    /// Height and width of the result.
    pub output: (u32, u32),
}

/// How one frame is scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ScalePlan {
    /// The size of the result.
    height: u32,
    width: u32,
    /// The size to which the frame is scaled, before it is padded or cropped.
    scaled_height: u32,
    scaled_width: u32,
}

impl Geometry {
    /// # Errors
    /// A side of zero or over [`MAX_SIDE`], an empty box, or box times that do not increase. The error is the text.
    pub fn new(
        size: Size,
        fit: Fit,
        roi: Vec<(Rational, PixelBox)>,
        order: DimensionOrder,
    ) -> Result<Self, String> {
        let sides = match size {
            Size::Native => vec![],
            Size::Short(side) => vec![side],
            Size::Exact { height, width } => vec![height, width],
        };
        if let Some(side) = sides.iter().find(|side| **side == 0 || **side > MAX_SIDE) {
            return Err(format!(
                "size must be from 1 to {MAX_SIDE} pixels a side, got {side}; choose a size in that range"
            ));
        }
        for (_, area) in &roi {
            if area.left >= area.right || area.top >= area.bottom {
                return Err(format!(
                    "roi must be (left, top, right, bottom) with right > left and bottom > top, got ({}, {}, {}, {}); \
                     correct the box",
                    area.left, area.top, area.right, area.bottom
                ));
            }
        }
        if let Some(pair) = roi.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            return Err(format!(
                "roi must have boxes at increasing times, got {} s after {} s; sort them and give each time once",
                pair[1].0, pair[0].0
            ));
        }
        Ok(Geometry { size, fit, roi, order })
    }

    #[must_use]
    pub fn dimension_order(&self) -> DimensionOrder {
        self.order
    }

    /// Height and width of the result for a track with this display size and with chroma samples `1 << shift` pixels
    /// apart.
    ///
    /// # Errors
    /// A box is not inside the frame, or there are boxes of several sizes and no size. The error is the text.
    pub fn output(&self, display_size: (u32, u32), shift: (u32, u32)) -> Result<(u32, u32), String> {
        let mut sizes = Vec::new();
        for (_, area) in &self.roi {
            if area.right > display_size.1 || area.bottom > display_size.0 {
                return Err(format!(
                    "roi must be inside the frame of {} x {}, got ({}, {}, {}, {}); clip it to the frame",
                    display_size.1, display_size.0, area.left, area.top, area.right, area.bottom
                ));
            }
            let rect = grown(*area, display_size, shift);
            let size = (rect.height, rect.width);
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
        let from = *sizes.first().unwrap_or(&display_size);
        match self.size {
            Size::Exact { height, width } => Ok((height, width)),
            _ if sizes.len() > 1 => {
                Err("roi must have boxes of one size, got several; give size=(height, width)".to_owned())
            }
            Size::Native if !self.roi.is_empty() => Ok(from),
            Size::Native => Ok(display_size),
            Size::Short(side) => {
                let (height, width) = from;
                let (short, long) = (u64::from(height.min(width)), u64::from(height.max(width)));
                let other = u64::from(side) * long / short.max(1);
                let other = u32::try_from(other).ok().filter(|other| (1..=MAX_SIDE).contains(other));
                let other = other.ok_or_else(|| {
                    format!(
                        "size must keep both sides at {MAX_SIDE} pixels or less, got {side} for a frame of {width} x \
                         {height}; choose a smaller size"
                    )
                })?;
                Ok(if height <= width { (side, other) } else { (other, side) })
            }
        }
    }

    /// Convert a decoded frame with media time `pts` and write it into `out` of `height * width * 3` bytes, channels last.
    ///
    /// # Errors
    /// swscale cannot read the frame.
    pub fn convert(
        &self,
        scaler: &mut Scaler,
        frame: &Frame,
        displayed: DisplayedAs,
        pts: Option<Rational>,
        (height, width): (u32, u32),
        out: &mut [u8],
    ) -> Result<(), emos_ffmpeg::Error> {
        let native = displayed.size;
        let upright = frame.oriented(displayed.orientation)?;
        let (source, area) = match self.area_at(pts, &upright) {
            Some(area) => (upright.cropped(area)?, Some(area)),
            None => (upright, None),
        };
        let changed = (source.height(), source.width()) != native;
        if area.is_none() && changed && (height, width) == native {
            // After a change of size the command line first converts, then scales to the size of the first frame.
            let converted = Scaler::default().to_rgb(&source, Filter::Bicubic)?;
            let plan = self.scale_plan((height, width), native);
            return plan.write(scaler, &converted, Filter::Bicubic, out);
        }
        let plan = self.scale_plan((height, width), (source.height(), source.width()));
        let is_native = area.is_none() && (height, width) == native;
        let is_same = (plan.scaled_height, plan.scaled_width) == (source.height(), source.width());
        let filter = if is_native || is_same { Filter::Bicubic } else { Filter::Bilinear };
        plan.write(scaler, &source, filter, out)
    }

    /// Where the pixels of a result come from, for frames of a display size; `None` where boxes change over time. `output` is
    /// what [`Geometry::output`] returned for them.
    #[must_use]
    pub fn layout(
        &self,
        display_size: (u32, u32),
        shift: (u32, u32),
        output: (u32, u32),
    ) -> Option<FrameLayout> {
        let area = match self.roi.as_slice() {
            [] => Rect { left: 0, top: 0, width: display_size.1, height: display_size.0 },
            [(_, area)] => grown(*area, display_size, shift),
            _ => return None,
        };
        let plan = self.scale_plan(output, (area.height, area.width));
        let ((to_top, from_top, _), (to_left, from_left, _)) = plan.overlaps();
        let offset = |from: u32, to: u32| i64::from(from) - i64::from(to);
        Some(FrameLayout {
            area: PixelBox {
                left: area.left,
                top: area.top,
                right: area.left.saturating_add(area.width),
                bottom: area.top.saturating_add(area.height),
            },
            scaled: (plan.scaled_height, plan.scaled_width),
            offset: (offset(from_top, to_top), offset(from_left, to_left)),
            output,
        })
    }

    /// The box that applies at a time.
    fn area_at(&self, pts: Option<Rational>, frame: &Frame) -> Option<Rect> {
        let first = self.roi.first()?;
        let after = pts.map_or(0, |pts| self.roi.partition_point(|(time, _)| *time <= pts));
        let area = after.checked_sub(1).map_or(first.1, |at| self.roi[at].1);
        Some(grown(area, (frame.height(), frame.width()), frame.chroma_shift()))
    }

    fn scale_plan(&self, (height, width): (u32, u32), (from_height, from_width): (u32, u32)) -> ScalePlan {
        let to_size = ScalePlan { height, width, scaled_height: height, scaled_width: width };
        let exact = matches!(self.size, Size::Exact { .. });
        if !exact || self.fit == Fit::Stretch {
            return to_size;
        }
        // Compare the scale at which heights are equal with the one at which widths are.
        let by_height = u64::from(height) * u64::from(from_width);
        let by_width = u64::from(width) * u64::from(from_height);
        let equal_heights = (by_height <= by_width) == (self.fit == Fit::Pad);
        let round = |product: u64, by: u32| {
            let by = u64::from(by.max(1));
            u32::try_from((product * 2 + by) / (2 * by)).unwrap_or(MAX_SIDE).clamp(1, MAX_SIDE)
        };
        if equal_heights {
            ScalePlan { scaled_width: round(by_height, from_height), ..to_size }
        } else {
            ScalePlan { scaled_height: round(by_width, from_width), ..to_size }
        }
    }
}

/// A box, grown outward to the chroma grid, inside the frame.
fn grown(area: PixelBox, (height, width): (u32, u32), (shift_x, shift_y): (u32, u32)) -> Rect {
    let side = |from: u32, to: u32, shift: u32, length: u32| {
        let grid = 1u32 << shift;
        let from = from.min(length.saturating_sub(1)) / grid * grid;
        (from, to.div_ceil(grid).saturating_mul(grid).min(length).saturating_sub(from).max(1))
    };
    let (left, columns) = side(area.left, area.right, shift_x, width);
    let (top, rows) = side(area.top, area.bottom, shift_y, height);
    Rect { left, top, width: columns, height: rows }
}

impl ScalePlan {
    /// Where rows and columns of the scaled frame are in the result: (first in the result, first in the scaled one, count).
    fn overlaps(self) -> ((u32, u32, u32), (u32, u32, u32)) {
        let overlap = |target: u32, source: u32| {
            let length = target.min(source);
            ((target - length) / 2, (source - length) / 2, length)
        };
        (overlap(self.height, self.scaled_height), overlap(self.width, self.scaled_width))
    }

    fn write(
        self,
        scaler: &mut Scaler,
        source: &Frame,
        filter: Filter,
        out: &mut [u8],
    ) -> Result<(), emos_ffmpeg::Error> {
        let row = self.width as usize * 3;
        if (self.scaled_height, self.scaled_width) == (self.height, self.width) {
            return scaler.rgb(source, self.width, self.height, filter, out, row);
        }
        let scaled_row = self.scaled_width as usize * 3;
        let mut scaled = vec![0; scaled_row * self.scaled_height as usize];
        scaler.rgb(source, self.scaled_width, self.scaled_height, filter, &mut scaled, scaled_row)?;
        out.fill(0);
        let ((to_y, from_y, rows), (to_x, from_x, columns)) = self.overlaps();
        let (to_x, from_x, columns) = (to_x as usize, from_x as usize, columns as usize);
        for y in 0..rows {
            let from = (from_y + y) as usize * scaled_row + from_x * 3;
            let to = (to_y + y) as usize * row + to_x * 3;
            if let (Some(target), Some(source)) =
                (out.get_mut(to..to + columns * 3), scaled.get(from..from + columns * 3))
            {
                target.copy_from_slice(source);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(fit: Fit, height: u32, width: u32) -> Geometry {
        Geometry::new(Size::Exact { height, width }, fit, vec![], DimensionOrder::Thwc).unwrap()
    }

    #[test]
    fn a_short_side_keeps_the_shape() {
        let short = Geometry::new(Size::Short(224), Fit::Stretch, vec![], DimensionOrder::Thwc).unwrap();
        assert_eq!(short.output((720, 1280), (1, 1)), Ok((224, 398)));
        assert_eq!(short.output((1280, 720), (1, 1)), Ok((398, 224)));
        assert_eq!(short.output((100, 100), (1, 1)), Ok((224, 224)));
        assert!(short.output((1, 1000), (1, 1)).is_err());
    }

    #[test]
    fn padding_keeps_all_and_cropping_covers() {
        let padded = exact(Fit::Pad, 224, 224).scale_plan((224, 224), (288, 360));
        assert_eq!((padded.scaled_height, padded.scaled_width), (179, 224));
        let cropped = exact(Fit::Crop, 224, 224).scale_plan((224, 224), (288, 360));
        assert_eq!((cropped.scaled_height, cropped.scaled_width), (224, 280));
        let tall = exact(Fit::Pad, 100, 200).scale_plan((100, 200), (400, 100));
        assert_eq!((tall.scaled_height, tall.scaled_width), (100, 25));
    }

    #[test]
    fn boxes_grow_to_the_chroma_grid_inside_the_frame() {
        let area = PixelBox { left: 3, top: 5, right: 8, bottom: 9 };
        assert_eq!(grown(area, (20, 20), (1, 1)), Rect { left: 2, top: 4, width: 6, height: 6 });
        assert_eq!(grown(area, (20, 20), (0, 0)), Rect { left: 3, top: 5, width: 5, height: 4 });
        assert_eq!(grown(PixelBox { right: 19, ..area }, (20, 19), (1, 1)).width, 17);
    }

    #[test]
    fn impossible_sizes_and_boxes_are_refused() {
        assert!(Geometry::new(Size::Short(0), Fit::Pad, vec![], DimensionOrder::Thwc).is_err());
        assert!(Geometry::new(
            Size::Exact { height: 1, width: 100_000 },
            Fit::Pad,
            vec![],
            DimensionOrder::Thwc
        )
        .is_err());
        let area = |left, right| PixelBox { left, top: 0, right, bottom: 10 };
        let zero = Rational::ZERO;
        assert!(
            Geometry::new(Size::Native, Fit::Pad, vec![(zero, area(5, 5))], DimensionOrder::Thwc).is_err()
        );
        let two = vec![(zero, area(0, 5)), (zero, area(0, 6))];
        assert!(Geometry::new(Size::Native, Fit::Pad, two, DimensionOrder::Thwc).is_err());
        let outside =
            Geometry::new(Size::Native, Fit::Pad, vec![(zero, area(0, 50))], DimensionOrder::Thwc).unwrap();
        assert!(outside.output((20, 20), (1, 1)).is_err());
    }

    #[test]
    fn a_layout_says_where_the_pixels_of_a_result_come_from() {
        let layout = |geometry: &Geometry| {
            let output = geometry.output((288, 360), (1, 1)).unwrap();
            geometry.layout((288, 360), (1, 1), output)
        };
        let all = PixelBox { left: 0, top: 0, right: 360, bottom: 288 };
        let native = layout(&Geometry::default()).unwrap();
        let expected = FrameLayout { area: all, scaled: (288, 360), offset: (0, 0), output: (288, 360) };
        assert_eq!(native, expected);
        // 45 rows of black, of which 22 are above; 56 columns too many, of which 28 are left.
        let padded = layout(&exact(Fit::Pad, 224, 224)).unwrap();
        assert_eq!((padded.scaled, padded.offset, padded.output), ((179, 224), (-22, 0), (224, 224)));
        let cropped = layout(&exact(Fit::Crop, 224, 224)).unwrap();
        assert_eq!((cropped.scaled, cropped.offset, cropped.output), ((224, 280), (0, 28), (224, 224)));
        let area = PixelBox { left: 3, top: 5, right: 8, bottom: 9 };
        let roi = |boxes| Geometry::new(Size::Native, Fit::Stretch, boxes, DimensionOrder::Thwc).unwrap();
        let boxed = layout(&roi(vec![(Rational::ZERO, area)])).unwrap();
        assert_eq!(boxed.area, PixelBox { left: 2, top: 4, right: 8, bottom: 10 });
        assert_eq!((boxed.scaled, boxed.offset, boxed.output), ((6, 6), (0, 0), (6, 6)));
        let moving = roi(vec![(Rational::ZERO, area), (Rational::from_int(1), area)]);
        assert_eq!(layout(&moving), None);
    }
}
