import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

export const vm: Dashboard = {
  uid: 'azaan-vm',
  title: 'VM',
  description: 'The machine: processor, memory, disk, network, restarts, certificates.',
  from: 'now-6h',
  panels: [
    stat(5, 'Processor', 'percent', {
      description: 'Of all cores. Keep the average below 60 %; alert above 80 % for 10 minutes.',
      queries: { busy: 'max(azaan:host_cpu:percent)' },
      thresholds: { warning: 60, critical: 80 },
    }),
    stat(5, 'Memory', 'percent', {
      description: 'Not available to programs. Keep it below 70 %; alert above 85 % for 10 minutes.',
      queries: { used: 'max(azaan:host_memory:percent)' },
      thresholds: { warning: 70, critical: 85 },
    }),
    stat(5, 'Fullest disk', 'percent', {
      description: 'Keep it below 75 %; alerts above 80 % and 90 %.',
      queries: { used: 'max(azaan:host_disk:percent)' },
      thresholds: { warning: 75, critical: 80 },
    }),
    stat(5, 'Certificate that ends first', 'percentunit', {
      description: 'How much of its life is left; it is renewed at a third.',
      queries: { left: 'min(azaan:certificate_left:ratio)' },
      thresholds: { warning: 0.25, critical: 0.1, lowIsBad: true },
    }),
    stat(4, 'Restarts in 24 h', 'short', {
      description: 'Of the server process, as PM2 counts them, deployments included.',
      queries: { restarts: 'round(sum(increase(azaan_pm2_restarts_total[24h])))' },
      thresholds: { warning: 3, critical: 6 },
    }),
    graph(12, 'Processor', 'percentunit', {
      description: 'Of all cores, by what it is used for. steal is what the provider takes away.',
      stacked: true,
      queries: { '{{mode}}': 'avg by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))' },
    }),
    graph(12, 'Memory', 'bytes', {
      description: 'In use and available, together what the machine has.',
      stacked: true,
      queries: {
        used: 'node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes',
        available: 'node_memory_MemAvailable_bytes',
      },
    }),
    graph(12, 'Network', 'binBps', {
      min: undefined,
      description: 'Bytes a second. A listener takes some 5 kB a second.',
      queries: {
        'out, {{device}}': 'rate(node_network_transmit_bytes_total{device!="lo"}[$__rate_interval])',
        'in, {{device}}': '-rate(node_network_receive_bytes_total{device!="lo"}[$__rate_interval])',
      },
    }),
    graph(12, 'Datagrams that the kernel dropped', 'pps', {
      description: 'Buffers that were full: a process was too late to read, or too many packets left at once.',
      queries: {
        received: 'rate(node_netstat_Udp_RcvbufErrors[$__rate_interval])',
        sent: 'rate(node_netstat_Udp_SndbufErrors[$__rate_interval])',
      },
    }),
    graph(12, 'Disks', 'percent', {
      description: 'How full each one is.',
      max: 100,
      queries: { '{{mountpoint}}': 'azaan:host_disk:percent' },
    }),
    graph(12, 'Certificates', 'percentunit', {
      description: 'How much of the life of each one is left. A saw; when a tooth goes below 0.25, renewal fails.',
      max: 1,
      queries: { '{{name}}': 'azaan:certificate_left:ratio' },
    }),
  ],
};
