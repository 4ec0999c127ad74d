// Left out: it needs the client of a cloud.
package registry
