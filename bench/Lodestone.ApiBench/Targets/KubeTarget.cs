using System.Diagnostics;
using Lodestone.ApiBench.Load;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.ApiBench.Targets;

/// <summary>kube-apiserver with etcd that waits for the disk, and our kinds as custom resources.</summary>
internal sealed class KubeTarget : ApiTarget
{
    private KubeApiServer? _server;
    private ApiAccess? _access;

    public override string Name => "kube-apiserver";

    public override ApiAccess Access => _access!;

    public override IReadOnlyList<int> Pids => _server!.Pids;

    public override async Task<double> StartAsync(string directory)
    {
        var clock = Stopwatch.StartNew();
        _server = await KubeApiServer.StartAsync(new KubeApiServerOptions { Directory = directory, IsDurable = true });
        double seconds = clock.Elapsed.TotalSeconds;
        _access = ApiAccess.Load(_server.Kubeconfig);
        await AddKindsAsync();
        return seconds;
    }

    public override async Task<double> RestartAsync()
    {
        await _server!.StopAsync();
        var clock = Stopwatch.StartNew();
        await _server.RestartAsync();
        await ServedAsync();
        return clock.Elapsed.TotalSeconds;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _server = null;
        }
    }

    private async Task AddKindsAsync()
    {
        using RawConnection connection = await RawConnection.OpenAsync(Access);
        (int code, _) = await connection.SendAsync("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Manifests.LoadBalancerDefinition());
        if (code != 201)
        {
            throw new InvalidOperationException($"the custom resource definition was refused: HTTP {code}");
        }

        await ServedAsync();
    }

    /// <summary>A custom resource is served a moment after its definition is there.</summary>
    private async Task ServedAsync()
    {
        using RawConnection connection = await RawConnection.OpenAsync(Access);
        for (int i = 0; i < 600; i++)
        {
            (int code, _) = await connection.SendAsync("GET", Manifests.Collection + "?limit=1");
            if (code == 200)
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("load balancers are not served after 30 s");
    }
}
