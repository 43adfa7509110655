//! A rectangular grid of cells.

/// Cells in row-major order.
pub struct Grid<T> {
    width: usize,
    cells: Vec<T>,
}

impl<T: Clone> Grid<T> {
    /// A grid in which every cell is `value`.
    pub fn new(width: usize, height: usize, value: T) -> Self {
        Self {
            width,
            cells: vec![value; width * height],
        }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.cells.len() / self.width
    }

    pub fn get(&self, x: usize, y: usize) -> Option<&T> {
        if x < self.width {
            self.cells.get(y * self.width + x)
        } else {
            None
        }
    }
}
