//! Conway's game of life on a grid.

use crate::grid::Grid;

/// How many of the eight neighbours of a cell are alive.
fn neighbours(grid: &Grid<bool>, x: usize, y: usize) -> usize {
    let mut count = 0;
    for dy in [-1, 0, 1] {
        for dx in [-1, 0, 1] {
            if dx == 0 && dy == 0 {
                continue;
            }
            let nx = x.wrapping_add_signed(dx);
            let ny = y.wrapping_add_signed(dy);
            if grid.get(nx, ny) == Some(&true) {
                count += 1;
            }
        }
    }
    count
}

/// Whether a cell lives in the next generation.
fn lives(alive: bool, neighbours: usize) -> bool {
    matches!((alive, neighbours), (true, 2) | (_, 3))
}
