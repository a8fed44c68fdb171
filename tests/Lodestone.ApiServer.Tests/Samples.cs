namespace Lodestone.ApiServer.Tests;

/// <summary>Manifests and paths of our kinds.</summary>
internal static class Samples
{
    public static string LoadBalancer(string name, string labels = """{"app":"web"}""", string network = "net-a", int port = 80) => $$$"""
        {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer",
         "metadata":{"name":"{{{name}}}","labels":{{{labels}}}},
         "spec":{"type":"Public","ipFamilies":["IPv4"],"networkRef":{"name":"{{{network}}}"},"ports":[{"protocol":"TCP","port":{{{port}}}}]}}
        """;

    public static string Host(string name) =>
        $$$"""{"apiVersion":"lodestone.dev/v1alpha1","kind":"Host","metadata":{"name":"{{{name}}}"},"spec":{"roles":["Gateway"]}}""";

    public static string LoadBalancers(string ns) => $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{ns}/loadbalancers";
}
