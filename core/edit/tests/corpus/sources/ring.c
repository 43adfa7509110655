/* A ring buffer of bytes with a fixed size. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RING_SIZE 4096

struct ring {
    uint8_t bytes[RING_SIZE];
    size_t head;
    size_t tail;
    bool full;
};

void ring_clear(struct ring *ring)
{
    memset(ring->bytes, 0, sizeof ring->bytes);
    ring->head = 0;
    ring->tail = 0;
    ring->full = false;
}

size_t ring_used(const struct ring *ring)
{
    if (ring->full) {
        return RING_SIZE;
    }
    if (ring->head >= ring->tail) {
        return ring->head - ring->tail;
    }
    return RING_SIZE - (ring->tail - ring->head);
}

bool ring_push(struct ring *ring, uint8_t byte)
{
    if (ring->full) {
        return false;
    }
    ring->bytes[ring->head] = byte;
    ring->head = (ring->head + 1) % RING_SIZE;
    ring->full = ring->head == ring->tail;
    return true;
}

bool ring_pop(struct ring *ring, uint8_t *byte)
{
    if (ring->head == ring->tail && !ring->full) {
        return false;
    }
    *byte = ring->bytes[ring->tail];
    ring->tail = (ring->tail + 1) % RING_SIZE;
    ring->full = false;
    return true;
}
