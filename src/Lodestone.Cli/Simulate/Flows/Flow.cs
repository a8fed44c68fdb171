using System.Net;

namespace Lodestone.Cli.Simulate.Flows;

/// <summary>A client's TCP connection.</summary>
/// <param name="Client">The client's address and port.</param>
internal readonly record struct Flow(IPEndPoint Client)
{
    /// <summary>Flows of clients in 198.18.0.0/15, no two the same.</summary>
    public static Flow[] Open(int count, Random random)
    {
        var flows = new HashSet<Flow>();
        while (flows.Count < count)
        {
            int client = random.Next(1 << 17);
            flows.Add(new Flow(new IPEndPoint(new IPAddress([198, (byte)(18 + (client >> 16)), (byte)(client >> 8), (byte)client]), random.Next(1024, 65536))));
        }

        return [.. flows];
    }
}
