// Package limiter counts requests of clients in windows of time.
package limiter

import (
	"errors"
	"sync"
	"time"
)

// ErrTooMany is returned when a client has used up its window.
var ErrTooMany = errors.New("limiter: too many requests in this window")

// Limiter counts requests by client.
type Limiter struct {
	mu      sync.Mutex
	windows map[string]*window
	most    int
	length  time.Duration
	now     func() time.Time
}

type window struct {
	start time.Time
	count int
}

// New makes a limiter that lets most requests pass in each window of that length.
func New(most int, length time.Duration) *Limiter {
	return &Limiter{
		windows: make(map[string]*window),
		most:    most,
		length:  length,
		now:     time.Now,
	}
}

// Allow counts a request of the client, or refuses it.
func (l *Limiter) Allow(client string) error {
	l.mu.Lock()
	defer l.mu.Unlock()

	now := l.now()
	current, known := l.windows[client]
	if !known || now.Sub(current.start) >= l.length {
		l.windows[client] = &window{start: now, count: 1}
		return nil
	}
	if current.count >= l.most {
		return ErrTooMany
	}
	current.count++
	return nil
}

// Forget drops the windows that have ended, and says how many there were.
func (l *Limiter) Forget() int {
	l.mu.Lock()
	defer l.mu.Unlock()

	dropped := 0
	for client, current := range l.windows {
		if l.now().Sub(current.start) >= l.length {
			delete(l.windows, client)
			dropped++
		}
	}
	return dropped
}
