using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Lodestone.ApiBench.Load;

/// <summary>The objects that are written: load balancers of about 1.2 kB.</summary>
internal static class Manifests
{
    public const string Namespace = "bench";
    public const string Collection = $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{Namespace}/loadbalancers";

    /// <summary>The name of an object.</summary>
    public static string Name(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number:D6}");

    /// <summary>A load balancer with the moment of its making inside; one of a hundred has the label <c>tier: rare</c>.</summary>
    public static byte[] LoadBalancer(string name, int number, int port = 443) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$$"""
        {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"{{{name}}}","namespace":"{{{Namespace}}}","labels":{"app.kubernetes.io/name":"shop","app.kubernetes.io/instance":"{{{name}}}","tier":"{{{(number % 100 == 0 ? "rare" : "common")}}}"},"annotations":{"bench/sent":"{{{Stopwatch.GetTimestamp()}}}","example.com/contact":"team-network@example.com","example.com/description":"The balancer in front of the shop's web servers; see the handbook before changing ports, and tell the people on call."}},"spec":{"type":"Public","ipFamilies":["IPv4","IPv6"],"networkRef":{"name":"network-sample"},"networkInterfaceSelector":{"matchLabels":{"app.kubernetes.io/name":"shop","app.kubernetes.io/component":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["front","edge"]}]},"ports":[{"protocol":"TCP","port":80},{"protocol":"TCP","port":{{{port}}}},{"protocol":"UDP","port":{{{port}}}},{"protocol":"TCP","port":8000,"endPort":8080}]}}
        """));

    /// <summary>The same kind as a custom resource, with the list types that server-side apply goes by.</summary>
    public static byte[] LoadBalancerDefinition() => Encoding.UTF8.GetBytes("""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"loadbalancers.networking.ironcore.dev","annotations":{"api-approved.kubernetes.io":"unapproved, a benchmark"}},
         "spec":{"group":"networking.ironcore.dev","scope":"Namespaced","names":{"kind":"LoadBalancer","plural":"loadbalancers","singular":"loadbalancer","shortNames":["lb"]},
          "versions":[{"name":"v1alpha1","served":true,"storage":true,"subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{
           "spec":{"type":"object","required":["type","ipFamilies","networkRef"],"properties":{
            "type":{"type":"string","enum":["Public","Internal"]},
            "ipFamilies":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"atomic"},
            "networkRef":{"type":"object","properties":{"name":{"type":"string"}},"x-kubernetes-map-type":"atomic"},
            "networkInterfaceSelector":{"type":"object","x-kubernetes-map-type":"atomic","properties":{
             "matchLabels":{"type":"object","additionalProperties":{"type":"string"}},
             "matchExpressions":{"type":"array","items":{"type":"object","properties":{"key":{"type":"string"},"operator":{"type":"string"},"values":{"type":"array","items":{"type":"string"}}}}}}},
            "ports":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"object","required":["port"],"properties":{
             "protocol":{"type":"string"},"port":{"type":"integer","format":"int32"},"endPort":{"type":"integer","format":"int32"}}}}}},
           "status":{"type":"object","properties":{"ips":{"type":"array","items":{"type":"string"}}}}}}}}]}}
        """);

    /// <summary>An apply configuration that owns the ports and a label.</summary>
    public static byte[] Apply(string name, int port) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$$"""
        {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"{{{name}}}","namespace":"{{{Namespace}}}","labels":{"applied":"p{{{port}}}"}},"spec":{"type":"Public","ipFamilies":["IPv4","IPv6"],"networkRef":{"name":"network-sample"},"ports":[{"protocol":"TCP","port":80},{"protocol":"TCP","port":{{{port}}}}]}}
        """));

    /// <summary>A merge patch that changes one label.</summary>
    public static byte[] Patch(int value) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$$"""
        {"metadata":{"labels":{"patched":"v{{{value}}}"},"annotations":{"bench/sent":"{{{Stopwatch.GetTimestamp()}}}"} } }
        """));
}
