// Flux's 2.6 generation of this controller, the newest that can be had: its own libraries are older than those of the
// other controllers, all else is held at the versions of the kubernetes workspace, so that it is compiled once.
module platformctl.local/notification

go 1.26

tool github.com/fluxcd/notification-controller

require github.com/fluxcd/notification-controller v1.6.0

// As in the controller's own go.mod file and those of the kubernetes workspace.
replace (
	github.com/opencontainers/go-digest => github.com/opencontainers/go-digest v1.0.1-0.20231025023718-d50d2fec9c98
	gopkg.in/yaml.v3 => gopkg.in/yaml.v3 v3.0.1
)

require cel.dev/expr v0.24.0

require cloud.google.com/go v0.121.6

require cloud.google.com/go/auth v0.17.0

require cloud.google.com/go/compute/metadata v0.9.0

require cloud.google.com/go/iam v1.5.2

require code.gitea.io/sdk/gitea v0.22.0

require github.com/42wim/httpsig v1.2.3

require github.com/Azure/azure-sdk-for-go v68.0.0+incompatible

require github.com/Azure/azure-sdk-for-go/sdk/azcore v1.20.0

require github.com/Azure/azure-sdk-for-go/sdk/azidentity v1.13.1

require github.com/Azure/azure-sdk-for-go/sdk/internal v1.11.2

require github.com/Azure/go-autorest/autorest v0.11.30

require github.com/Azure/go-autorest/autorest/adal v0.9.24

require github.com/Azure/go-autorest/autorest/date v0.3.1

require github.com/Azure/go-autorest/logger v0.2.2

require github.com/Azure/go-autorest/tracing v0.6.1

require github.com/AzureAD/microsoft-authentication-library-for-go v1.6.0

require github.com/ProtonMail/go-crypto v1.3.0

require github.com/antlr4-go/antlr/v4 v4.13.1

require github.com/bradleyfalzon/ghinstallation/v2 v2.17.0

require github.com/chai2010/gettext-go v1.0.3

require github.com/cyphar/filepath-securejoin v0.6.0

require github.com/docker/cli v28.5.0+incompatible

require github.com/docker/docker-credential-helpers v0.9.3

require github.com/emicklei/go-restful/v3 v3.13.0

require github.com/fatih/color v1.18.0

require github.com/fsnotify/fsnotify v1.9.0

require github.com/fxamacker/cbor/v2 v2.9.0

require github.com/go-logr/logr v1.4.3

require github.com/go-openapi/jsonpointer v0.22.0

require github.com/go-openapi/jsonreference v0.21.1

require github.com/go-openapi/swag v0.24.1

require github.com/golang-jwt/jwt/v5 v5.3.0

require github.com/google/cel-go v0.26.1

require github.com/google/gnostic-models v0.7.0

require github.com/google/go-containerregistry v0.20.6

require github.com/googleapis/enterprise-certificate-proxy v0.3.7

require github.com/googleapis/gax-go/v2 v2.15.0

require github.com/hashicorp/go-retryablehttp v0.7.8

require github.com/mattn/go-colorable v0.1.14

require github.com/mitchellh/mapstructure v1.5.1-0.20231216201459-8508981c8b6c

require github.com/moby/term v0.5.2

require github.com/modern-go/reflect2 v1.0.3-0.20250322232337-35a7c28c31ee

require github.com/onsi/gomega v1.38.2

require github.com/prometheus/client_golang v1.23.2

require github.com/prometheus/common v0.66.1

require github.com/prometheus/procfs v0.17.0

require github.com/santhosh-tekuri/jsonschema/v6 v6.0.2

require github.com/spf13/cobra v1.10.1

require github.com/spf13/pflag v1.0.10

require github.com/stoewer/go-strcase v1.3.1

require gitlab.com/gitlab-org/api/client-go v0.142.5

require go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc v0.63.0

require go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp v0.63.0

require go.opentelemetry.io/otel v1.38.0

require go.opentelemetry.io/otel/metric v1.38.0

require go.opentelemetry.io/otel/trace v1.38.0

require golang.org/x/crypto v0.48.0

require golang.org/x/exp v0.0.0-20250819193227-8b4c13bb791b

require golang.org/x/mod v0.32.0

require golang.org/x/net v0.51.0

require golang.org/x/oauth2 v0.35.0

require golang.org/x/sync v0.19.0

require golang.org/x/sys v0.41.0

require golang.org/x/term v0.40.0

require golang.org/x/text v0.34.0

require golang.org/x/time v0.14.0

require gomodules.xyz/jsonpatch/v2 v2.5.0

require google.golang.org/api v0.256.0

require google.golang.org/genproto v0.0.0-20250603155806-513f23925822

require google.golang.org/genproto/googleapis/api v0.0.0-20260209200024-4cfbd4190f57

require google.golang.org/genproto/googleapis/rpc v0.0.0-20260209200024-4cfbd4190f57

require google.golang.org/grpc v1.76.0

require google.golang.org/protobuf v1.36.11

require gopkg.in/evanphx/json-patch.v4 v4.13.0

require k8s.io/api v0.34.4

require k8s.io/apiextensions-apiserver v0.34.4

require k8s.io/apimachinery v0.34.4

require k8s.io/cli-runtime v0.34.4

require k8s.io/client-go v0.34.4

require k8s.io/component-base v0.34.4

require k8s.io/kube-openapi v0.0.0-20250814151709-d7b6acb124c3

require k8s.io/kubectl v0.34.4

require k8s.io/utils v0.0.0-20251002143259-bc988d571ff4

require sigs.k8s.io/controller-runtime v0.22.4

require sigs.k8s.io/json v0.0.0-20250730193827-2d320260d730

require sigs.k8s.io/kustomize/api v0.21.0

require sigs.k8s.io/kustomize/kyaml v0.21.0

require sigs.k8s.io/yaml v1.6.0

require (
	cloud.google.com/go/auth/oauth2adapt v0.2.8 // indirect
	cloud.google.com/go/pubsub v1.49.0 // indirect
	github.com/Azure/azure-amqp-common-go/v4 v4.2.0 // indirect
	github.com/Azure/azure-event-hubs-go/v3 v3.6.2 // indirect
	github.com/Azure/go-amqp v1.3.0 // indirect
	github.com/Azure/go-autorest/autorest/to v0.4.0 // indirect
	github.com/Azure/go-autorest/autorest/validation v0.3.1 // indirect
	github.com/DataDog/datadog-api-client-go/v2 v2.37.1 // indirect
	github.com/MakeNowJust/heredoc v1.0.0 // indirect
	github.com/PagerDuty/go-pagerduty v1.8.0 // indirect
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/blang/semver/v4 v4.0.0 // indirect
	github.com/cdevents/sdk-go v0.4.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/chainguard-dev/git-urls v1.0.2 // indirect
	github.com/cloudevents/sdk-go/v2 v2.15.2 // indirect
	github.com/cloudflare/circl v1.6.1 // indirect
	github.com/containrrr/shoutrrr v0.8.0 // indirect
	github.com/davecgh/go-spew v1.1.2-0.20180830191138-d8f796af33cc // indirect
	github.com/devigned/tab v0.1.1 // indirect
	github.com/evanphx/json-patch/v5 v5.9.11 // indirect
	github.com/exponent-io/jsonpath v0.0.0-20210407135951-1de76d718b3f // indirect
	github.com/felixge/httpsnoop v1.0.4 // indirect
	github.com/fluxcd/cli-utils v0.36.0-flux.13 // indirect
	github.com/fluxcd/notification-controller/api v1.6.0 // indirect
	github.com/fluxcd/pkg/apis/acl v0.7.0 // indirect
	github.com/fluxcd/pkg/apis/event v0.17.0 // indirect
	github.com/fluxcd/pkg/apis/kustomize v1.10.0 // indirect
	github.com/fluxcd/pkg/apis/meta v1.12.0 // indirect
	github.com/fluxcd/pkg/auth v0.16.0 // indirect
	github.com/fluxcd/pkg/cache v0.9.0 // indirect
	github.com/fluxcd/pkg/git v0.31.0 // indirect
	github.com/fluxcd/pkg/masktoken v0.7.0 // indirect
	github.com/fluxcd/pkg/runtime v0.60.0 // indirect
	github.com/gabriel-vasile/mimetype v1.4.5 // indirect
	github.com/getsentry/sentry-go v0.32.0 // indirect
	github.com/go-errors/errors v1.5.1 // indirect
	github.com/go-fed/httpsig v1.1.0 // indirect
	github.com/go-logr/stdr v1.2.2 // indirect
	github.com/go-logr/zapr v1.3.0 // indirect
	github.com/go-openapi/swag/cmdutils v0.24.0 // indirect
	github.com/go-openapi/swag/conv v0.24.0 // indirect
	github.com/go-openapi/swag/fileutils v0.24.0 // indirect
	github.com/go-openapi/swag/jsonname v0.24.0 // indirect
	github.com/go-openapi/swag/jsonutils v0.24.0 // indirect
	github.com/go-openapi/swag/loading v0.24.0 // indirect
	github.com/go-openapi/swag/mangling v0.24.0 // indirect
	github.com/go-openapi/swag/netutils v0.24.0 // indirect
	github.com/go-openapi/swag/stringutils v0.24.0 // indirect
	github.com/go-openapi/swag/typeutils v0.24.0 // indirect
	github.com/go-openapi/swag/yamlutils v0.24.0 // indirect
	github.com/go-playground/locales v0.14.1 // indirect
	github.com/go-playground/universal-translator v0.18.1 // indirect
	github.com/go-playground/validator/v10 v10.22.0 // indirect
	github.com/gogo/protobuf v1.3.2 // indirect
	github.com/golang-jwt/jwt/v4 v4.5.2 // indirect
	github.com/google/btree v1.1.3 // indirect
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/google/go-github/v64 v64.0.0 // indirect
	github.com/google/go-github/v75 v75.0.0 // indirect
	github.com/google/go-querystring v1.1.0 // indirect
	github.com/google/s2a-go v0.1.9 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/gorilla/websocket v1.5.4-0.20250319132907-e064f32e3674 // indirect
	github.com/gregjones/httpcache v0.0.0-20190611155906-901d90724c79 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-version v1.7.0 // indirect
	github.com/josharian/intern v1.0.0 // indirect
	github.com/jpillora/backoff v1.0.0 // indirect
	github.com/json-iterator/go v1.1.13-0.20220915233716-71ac16282d12 // indirect
	github.com/klauspost/compress v1.18.0 // indirect
	github.com/ktrysmt/go-bitbucket v0.9.85 // indirect
	github.com/kylelemons/godebug v1.1.0 // indirect
	github.com/leodido/go-urn v1.4.0 // indirect
	github.com/liggitt/tabwriter v0.0.0-20181228230101-89fcab3d43de // indirect
	github.com/mailru/easyjson v0.9.0 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/microsoft/azure-devops-go-api/azuredevops/v6 v6.0.1 // indirect
	github.com/mitchellh/go-homedir v1.1.0 // indirect
	github.com/mitchellh/go-wordwrap v1.0.1 // indirect
	github.com/moby/spdystream v0.5.0 // indirect
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/monochromegane/go-gitignore v0.0.0-20200626010858-205db1a8cc00 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/mxk/go-flowrate v0.0.0-20140419014527-cca7078d478f // indirect
	github.com/nats-io/nats.go v1.41.2 // indirect
	github.com/nats-io/nkeys v0.4.11 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/package-url/packageurl-go v0.1.1 // indirect
	github.com/peterbourgon/diskv v2.0.1+incompatible // indirect
	github.com/pkg/browser v0.0.0-20240102092130-5ac0b6a4141c // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/pmezard/go-difflib v1.0.1-0.20181226105442-5d4384ee4fb2 // indirect
	github.com/prometheus/client_model v0.6.2 // indirect
	github.com/russross/blackfriday/v2 v2.1.0 // indirect
	github.com/sethvargo/go-limiter v1.0.0 // indirect
	github.com/sirupsen/logrus v1.9.3 // indirect
	github.com/slok/go-http-metrics v0.13.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	github.com/xlab/treeprint v1.2.0 // indirect
	go.opencensus.io v0.24.0 // indirect
	go.opentelemetry.io/auto/sdk v1.1.0 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.uber.org/zap v1.27.0 // indirect
	go.yaml.in/yaml/v2 v2.4.3 // indirect
	go.yaml.in/yaml/v3 v3.0.4 // indirect
	gopkg.in/inf.v0 v0.9.1 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
	k8s.io/klog/v2 v2.130.1 // indirect
	sigs.k8s.io/randfill v1.0.0 // indirect
	sigs.k8s.io/structured-merge-diff/v6 v6.3.1 // indirect
)
