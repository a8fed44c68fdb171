using System.Net;
using System.Net.Sockets;

namespace Lodestone.Cli.Lab.Load;

/// <summary>What tells a flow of the clients from the others in a packet.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="ClientPort">The client's port.</param>
/// <param name="Vip">Where it goes.</param>
internal readonly record struct FlowPath(ProtocolType Protocol, int ClientPort, IPAddress Vip);
