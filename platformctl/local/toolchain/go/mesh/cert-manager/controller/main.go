// The controller of cert-manager for issuers that need no other service: CA and self-signed. ACME, Vault and Venafi
// are left out; their clients are most of its compile time.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	logsapi "k8s.io/component-base/logs/api/v1"

	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/metrics"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

const (
	name            = "cert-manager-controller"
	workers         = 5
	electionTimeout = 20 * time.Second
)

// settings are those of upstream's flags that its chart sets, with upstream's defaults.
type settings struct {
	options           controller.ContextOptions
	elect             bool
	electionNamespace string
	lease             time.Duration
	renew             time.Duration
	retry             time.Duration
	metrics           string
	health            string
	logging           *logsapi.LoggingConfiguration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	set, err := parsed(os.Args[1:])
	if err != nil {
		return err
	}
	if err := logf.ValidateAndApply(set.logging); err != nil {
		return err
	}
	ctx = logf.NewContext(ctx, logf.Log, name)
	group, ctx := errgroup.WithContext(ctx)
	factory, err := controller.NewContextFactory(ctx, set.options)
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	health := healthz.NewServer(electionTimeout)
	if err := serve(ctx, group, set, shared, health); err != nil {
		return err
	}
	group.Go(func() error {
		if !set.elect {
			return control(ctx, factory, shared)
		}
		return lead(ctx, set, shared, health, func(ctx context.Context) error { return control(ctx, factory, shared) })
	})
	return group.Wait()
}

func parsed(arguments []string) (settings, error) {
	set := settings{logging: logsapi.NewLoggingConfiguration()}
	options := &set.options
	options.KubernetesAPIQPS, options.KubernetesAPIBurst = 20, 50
	options.CopiedAnnotationPrefixes = []string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"}
	options.CertificateRequestMinimumBackoffDuration = time.Hour
	options.CertificateRequestMaximumBackoffDuration = 32 * time.Hour
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.StringVar(&options.Kubeconfig, "kubeconfig", "", "path; the pod's service account if empty")
	flags.StringVar(&options.Namespace, "namespace", "", "the only namespace to work in; all if empty")
	flags.StringVar(&options.ClusterResourceNamespace, "cluster-resource-namespace", "kube-system", "where the Secrets of ClusterIssuers are")
	flags.BoolVar(&options.EnableOwnerRef, "enable-certificate-owner-ref", false, "delete a Secret with its Certificate")
	flags.BoolVar(&set.elect, "leader-elect", true, "")
	flags.StringVar(&set.electionNamespace, "leader-election-namespace", "kube-system", "")
	flags.DurationVar(&set.lease, "leader-election-lease-duration", time.Minute, "")
	flags.DurationVar(&set.renew, "leader-election-renew-deadline", 40*time.Second, "")
	flags.DurationVar(&set.retry, "leader-election-retry-period", 15*time.Second, "")
	flags.StringVar(&set.metrics, "metrics-listen-address", "0.0.0.0:9402", "0: none")
	flags.StringVar(&set.health, "internal-healthz-listen-address", "0.0.0.0:9403", "")
	for _, unused := range []string{"acme-http01-solver-image", "max-concurrent-challenges"} {
		flags.String(unused, "", "taken for the chart's sake: there is no ACME here")
	}
	logf.AddFlags(set.logging, flags)
	return set, flags.Parse(arguments)
}

func serve(ctx context.Context, group *errgroup.Group, set settings, shared *controller.Context, health *healthz.Server) error {
	var listen net.ListenConfig
	probed, err := listen.Listen(ctx, "tcp", set.health)
	if err != nil {
		return err
	}
	group.Go(func() error { return health.Start(ctx, probed) })
	if set.metrics == "0" {
		return nil
	}
	// A name of its own: the function above may run only now, and would take this one.
	scraped, err := listen.Listen(ctx, "tcp", set.metrics)
	if err != nil {
		return err
	}
	server := shared.Metrics.NewServer(scraped)
	group.Go(func() error { _ = server.Serve(scraped); return nil })
	group.Go(func() error { <-ctx.Done(); return server.Close() })
	return nil
}

// lead works once this process is the leader. A lost lease is an error, so that the pod starts anew.
func lead(ctx context.Context, set settings, shared *controller.Context, health *healthz.Server, work func(context.Context) error) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	result := make(chan error, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Name: name,
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: set.electionNamespace, Name: name},
			Client:     shared.Client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: host, EventRecorder: shared.Recorder},
		},
		LeaseDuration:   set.lease,
		RenewDeadline:   set.renew,
		RetryPeriod:     set.retry,
		ReleaseOnCancel: true,
		WatchDog:        health.LeaderHealthzAdaptor,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) { result <- work(ctx) },
			OnStoppedLeading: func() { result <- errors.New("the lease is lost") },
		},
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	go elector.Run(ctx)
	err = <-result
	stop()
	return err
}

func control(ctx context.Context, factory *controller.ContextFactory, shared *controller.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for kind, build := range controller.Known() {
		one, err := build(factory)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		group.Go(func() error { return one.Run(workers, ctx) })
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	return group.Wait()
}
