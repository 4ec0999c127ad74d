// The mains of cert-manager's programs. Upstream they stand in modules of their own, which no proxy has, so these are
// ours. The path lets them import cert-manager's internal packages, as upstream's do.
module github.com/cert-manager/cert-manager/cmd

go 1.26

require github.com/cert-manager/cert-manager v1.21.2
