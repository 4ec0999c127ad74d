// Package dns stands in for lego's list of DNS providers: this Traefik answers HTTP and TLS challenges only.
package dns

import (
	"fmt"

	"github.com/go-acme/lego/v4/challenge"
)

// NewDNSChallengeProviderByName refuses every name, with a sentence that says why.
func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("DNS provider %q: this Traefik was built without ACME DNS providers", name)
}
