// Package orphan ends a provider whose engine is gone.
package orphan

import (
	"os"
	"time"
)

// EndWithParent ends this process within two seconds of the end of the process that started it. A Pulumi engine that
// is killed cannot end its providers; they would notice within minutes or, behind Terraform's bridge, never.
//
// It compares parents rather than ask Linux for a signal (PR_SET_PDEATHSIG): that one comes when the thread ends which
// started the process, and an engine's threads come and go.
func EndWithParent() {
	parent := os.Getppid()
	go func() {
		for range time.Tick(time.Second) {
			if os.Getppid() != parent {
				os.Exit(1)
			}
		}
	}()
}
