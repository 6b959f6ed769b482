package server

import (
	"context"
	"net/http"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/systemd"
)

// reading is what requests are answered by from one reading of the configuration to the next.
type reading struct {
	cfg  *config.Config
	core *core.Core
	api  http.Handler
}

// take puts a configuration in force for all requests that begin from now on.
func (s *service) take(cfg *config.Config, c *core.Core) {
	s.current.Store(&reading{cfg, c, NewHandler(cfg, c, s.log.Logger, s.metrics)})
}

// reloads reads the configuration and the certificate on every hangup, and looks for a new certificate now and then, until
// ctx ends.
func (s *service) reloads(ctx context.Context) {
	tick := time.NewTicker(certificateCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if s.cert != nil {
				s.cert.reloadIfChanged()
			}
		case <-s.options.Hangups:
			s.tell(append(systemd.Reloading(), "STATUS=reading the configuration")...)
			status := "answering on " + s.sockets.api.Addr().String()
			if err := s.reload(); err != nil {
				s.log.Error("the configuration was not reloaded: the old one stays in force", "error", err)
				status += "; the configuration was not reloaded: " + err.Error()
			}
			s.tell("READY=1", "STATUS="+status)
		}
	}
}

// reload takes all that can be taken up while running, or nothing.
func (s *service) reload() error {
	now := s.current.Load()
	cfg, changed, fixed := now.cfg, []string(nil), []string(nil)
	if s.options.Reload != nil {
		read, err := s.options.Reload()
		if err != nil {
			return err
		}
		cfg, changed, fixed = now.cfg.Update(read)
	}
	rules, err := OpenPolicy(cfg.Policy)
	if err != nil {
		return err
	}
	if s.cert != nil {
		if err := s.cert.reload(); err != nil {
			return err
		}
	}
	if err := s.log.SetLevel(cfg.Log.Level); err != nil {
		return err
	}
	s.take(cfg, now.core.With(settings(cfg), rules, keptLimits(now, cfg.RateLimit)))
	s.log.Info("the configuration was reloaded", "changed", changed)
	if len(fixed) > 0 {
		s.log.Warn("these settings have changed in the file and need a restart", "settings", fixed)
	}
	return nil
}

// keptLimits are the limits of next. Those that stay the same keep what they have counted.
func keptLimits(now *reading, next config.RateLimit) core.RateLimits {
	limits, before := rateLimits(next), now.cfg.RateLimit
	if next.Address == before.Address && next.AddressBurst == before.AddressBurst {
		limits.Address = now.core.RateLimits.Address
	}
	if next.Account == before.Account && next.AccountBurst == before.AccountBurst {
		limits.Account = now.core.RateLimits.Account
	}
	return limits
}
