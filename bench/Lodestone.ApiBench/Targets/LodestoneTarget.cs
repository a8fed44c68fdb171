using Lodestone.BenchKit;

namespace Lodestone.ApiBench.Targets;

/// <summary><c>lodestone apiserver</c> as a process.</summary>
internal sealed class LodestoneTarget(string executable) : ApiTarget
{
    private ServerProcess? _process;
    private ApiAccess? _access;
    private string _directory = "";
    private int _port;

    public override string Name => "Lodestone";

    public override ApiAccess Access => _access!;

    public override IReadOnlyList<int> Pids => [_process!.Pid];

    public override Task<double> StartAsync(string directory)
    {
        _directory = directory;
        _port = ServerProcess.FreePort();
        return RunAsync();
    }

    public override async Task<double> RestartAsync()
    {
        await DisposeAsync();
        return await RunAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    private async Task<double> RunAsync()
    {
        _process = await ServerProcess.StartAsync(executable, _directory, _port);
        _access = ApiAccess.Load(_process.Kubeconfig);
        return _process.StartSeconds;
    }
}
