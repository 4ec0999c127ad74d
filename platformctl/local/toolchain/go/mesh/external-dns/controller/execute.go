// Package controller, with an Execute of ours: upstream's knows every DNS provider, and their clients are three
// quarters of external-dns's build. This one knows RFC 2136. Flags, sources, registry and loop are upstream's.
package controller

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	log "github.com/sirupsen/logrus"

	"sigs.k8s.io/external-dns/endpoint"
	"sigs.k8s.io/external-dns/pkg/apis/externaldns"
	"sigs.k8s.io/external-dns/pkg/apis/externaldns/validation"
	"sigs.k8s.io/external-dns/plan"
	"sigs.k8s.io/external-dns/provider/rfc2136"
	"sigs.k8s.io/external-dns/registry"
	"sigs.k8s.io/external-dns/source"
	"sigs.k8s.io/external-dns/source/annotations"
	"sigs.k8s.io/external-dns/source/wrappers"
)

// Execute runs until SIGTERM.
func Execute() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := execute(ctx, os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func execute(ctx context.Context, arguments []string) error {
	cfg := externaldns.NewConfig()
	if err := cfg.ParseFlags(arguments); err != nil {
		return err
	}
	if err := validation.ValidateConfig(cfg); err != nil {
		return err
	}
	level, err := log.ParseLevel(cfg.LogLevel)
	if err != nil {
		return err
	}
	log.SetLevel(level)
	if cfg.LogFormat == "json" {
		log.SetFormatter(&log.JSONFormatter{})
	}
	annotations.SetAnnotationPrefix(cfg.AnnotationPrefix)
	loop, err := built(ctx, cfg)
	if err != nil {
		return err
	}
	http.HandleFunc("/healthz", func(answer http.ResponseWriter, _ *http.Request) { _, _ = answer.Write([]byte("OK")) })
	http.Handle("/metrics", promhttp.Handler())
	go func() { log.Fatal(http.ListenAndServe(cfg.MetricsAddress, nil)) }()
	if cfg.Once {
		return loop.RunOnce(ctx)
	}
	if cfg.UpdateEvents {
		loop.Source.AddEventHandler(ctx, func() { loop.ScheduleRunOnce(time.Now()) })
	}
	loop.ScheduleRunOnce(time.Now())
	loop.Run(ctx)
	return nil
}

func built(ctx context.Context, cfg *externaldns.Config) (*Controller, error) {
	policy, ok := plan.Policies[cfg.Policy]
	if cfg.Provider != "rfc2136" || cfg.Registry != "txt" || !ok {
		return nil, fmt.Errorf("provider %q, registry %q, policy %q: this build has rfc2136 and txt only", cfg.Provider, cfg.Registry, cfg.Policy)
	}
	domains := endpoint.NewDomainFilterWithExclusions(cfg.DomainFilter, cfg.ExcludeDomains)
	server, err := rfc2136.NewRfc2136Provider(
		cfg.RFC2136Host, cfg.RFC2136Port, cfg.RFC2136Zone, cfg.RFC2136Insecure, cfg.RFC2136TSIGKeyName, cfg.RFC2136TSIGSecret,
		cfg.RFC2136TSIGSecretAlg, cfg.RFC2136TAXFR, domains, cfg.DryRun, cfg.RFC2136MinTTL, cfg.RFC2136CreatePTR, cfg.RFC2136GSSTSIG,
		cfg.RFC2136KerberosUsername, cfg.RFC2136KerberosPassword, cfg.RFC2136KerberosRealm, cfg.RFC2136BatchChangeSize,
		rfc2136.TLSConfig{
			UseTLS: cfg.RFC2136UseTLS, SkipTLSVerify: cfg.RFC2136SkipTLSVerify,
			CAFilePath: cfg.TLSCA, ClientCertFilePath: cfg.TLSClientCert, ClientCertKeyFilePath: cfg.TLSClientCertKey,
		},
		cfg.RFC2136LoadBalancingStrategy, nil,
	)
	if err != nil {
		return nil, err
	}
	owned, err := registry.NewTXTRegistry(
		server, cfg.TXTPrefix, cfg.TXTSuffix, cfg.TXTOwnerID, cfg.TXTCacheInterval, cfg.TXTWildcardReplacement,
		cfg.ManagedDNSRecordTypes, cfg.ExcludeDNSRecordTypes, cfg.TXTEncryptEnabled, []byte(cfg.TXTEncryptAESKey), cfg.TXTOwnerOld,
	)
	if err != nil {
		return nil, err
	}
	wanted, err := sources(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Controller{
		Source: wanted, Registry: owned, Policy: policy, Interval: cfg.Interval, DomainFilter: domains,
		ManagedRecordTypes: cfg.ManagedDNSRecordTypes, ExcludeRecordTypes: cfg.ExcludeDNSRecordTypes,
		MinEventSyncInterval: cfg.MinEventSyncInterval, TXTOwnerOld: cfg.TXTOwnerOld,
	}, nil
}

func sources(ctx context.Context, cfg *externaldns.Config) (source.Source, error) {
	timeout := cfg.RequestTimeout
	if cfg.UpdateEvents {
		timeout = 0 // watches last
	}
	clients := &source.SingletonClientGenerator{KubeConfig: cfg.KubeConfig, APIServerURL: cfg.APIServerURL, RequestTimeout: timeout}
	found, err := source.ByNames(ctx, clients, cfg.Sources, source.NewSourceConfig(cfg))
	if err != nil {
		return nil, err
	}
	return wrappers.WrapSources(found, wrappers.NewConfig(
		wrappers.WithDefaultTargets(cfg.DefaultTargets), wrappers.WithForceDefaultTargets(cfg.ForceDefaultTargets),
		wrappers.WithTargetNetFilter(cfg.TargetNetFilter), wrappers.WithExcludeTargetNets(cfg.ExcludeTargetNets),
		wrappers.WithMinTTL(cfg.MinTTL),
	))
}
